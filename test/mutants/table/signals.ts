// Mistakes in signals: whose word is taken, what it does, and what others are told.
import { inFile, type Mutant } from '../mutant.ts';

const RECEIVED = ['test/handlers/signals/receive-signal.test.ts'] as const;
const POLLED = ['test/handlers/signals/poll-signals.test.ts'] as const;
const SETTINGS = ['test/core/signals/signal-settings.test.ts', ...RECEIVED] as const;
const TOLD = ['test/handlers/signals/transmitter.test.ts'] as const;

export const SIGNAL_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/signals/security-event.ts',
    {
      id: 'any-audience',
      find: '![aud].flat().some((one) => expected.audience.includes(one))',
      replace: '[aud].flat().length === 0',
      breaks: 'a token for another receiver is taken here',
      suites: RECEIVED,
    },
    {
      id: 'any-issuer',
      find: 'iss !== expected.issuer',
      replace: '!iss.startsWith(expected.issuer)',
      breaks: 'a token of another issuer of the same keys is taken',
      suites: RECEIVED,
    },
    {
      id: 'old-for-ever',
      find: 'issuedMs < nowMs - expected.maximumAgeMs',
      replace: 'issuedMs < 0',
      breaks: 'a token that was recorded years ago is taken',
      suites: RECEIVED,
    },
    {
      id: 'any-type',
      find: "typ?.toLowerCase().replace(/^application\\//, '') !== 'secevent+jwt'",
      replace: "typ === 'none'",
      breaks: 'an access token of the same issuer passes for a signal',
      suites: RECEIVED,
    },
    {
      id: 'several-events',
      find: 'event === undefined || others.length > 0',
      replace: 'event === undefined',
      breaks: 'of several events in a token one counts, whichever is first',
      suites: RECEIVED,
    },
  ),
  ...inFile('lambdas/outbound/signal-keys.ts', {
    id: 'shared-secrets',
    find: "const ALGORITHMS = ['RS256', 'PS256', 'ES256'];",
    replace: "const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'HS256'];",
    breaks: 'an algorithm with a shared secret is tried with public keys',
    suites: RECEIVED,
  }),
  ...inFile(
    'lambdas/core/signals/signal-settings.ts',
    {
      id: 'unverified-suspends',
      find: "return isVerified ? 'suspend' : 'alert';",
      replace: "return 'suspend';",
      breaks: 'a stream that nobody has verified keeps people out',
      suites: SETTINGS,
    },
    {
      id: 'good-news-suspends',
      find: "if (!isAdverse(name, payload)) return 'record';",
      replace: '',
      breaks: 'a device that complies again keeps its holder out',
      suites: SETTINGS,
    },
  ),
  ...inFile(
    'lambdas/handlers/signals/take-signal.ts',
    {
      id: 'suspends-again',
      find: 'if (isSaid || wasSaid) return [];',
      replace: 'if (isSaid) return [];',
      breaks: 'a token that is sent again suspends whom security has resumed',
      suites: RECEIVED,
    },
    {
      id: 'unguarded',
      find: "(state.status === 'active' && (await reasonNotToSuspend(dependencies, record.header)) !== undefined)",
      replace: 'false',
      breaks: 'a partner that goes wrong locks out a company',
      suites: RECEIVED,
    },
    {
      id: 'guesses-who',
      find: 'return others.length === 0 ? only : undefined;',
      replace: 'return only;',
      breaks: 'of two with one address one is kept out',
      suites: RECEIVED,
    },
    {
      id: 'reason-of-nobody',
      find: 'about === undefined ? undefined : reasonIn(payload)',
      replace: 'reasonIn(payload)',
      breaks: 'what was said of somebody unknown lies where nobody erases it',
      suites: RECEIVED,
    },
  ),
  ...inFile('lambdas/handlers/signals/receive-signal.ts', {
    id: 'anybody-pushes',
    find: 'if (transmitter !== undefined && isKnown) return transmitter;',
    replace: 'if (transmitter !== undefined) return transmitter;',
    breaks: 'whoever has seen one token pushes it without the bearer token',
    suites: RECEIVED,
  }),
  ...inFile(
    'lambdas/handlers/signals/poll-signals.ts',
    {
      id: 'acknowledges-failures',
      find: 'else failures += 1;',
      replace: 'else ack.push(jti);',
      breaks: 'what could not be taken just now is lost',
      suites: POLLED,
    },
    {
      id: 'pages-for-ever',
      find: 'page <= MAXIMUM_PAGES && ',
      replace: '',
      breaks: 'a transmitter that sends the same for ever keeps the others waiting',
      suites: POLLED,
    },
  ),
  ...inFile(
    'lambdas/core/signals/stream.ts',
    {
      id: 'pushes-anywhere',
      find: 'url === undefined || !pushTo.includes(url)',
      replace: 'url === undefined',
      breaks: 'a receiver has Tenure call whatever address it likes',
      suites: TOLD,
    },
    {
      id: 'tells-the-disabled',
      find: "return status !== 'disabled' && requested.includes(uri);",
      replace: 'return requested.includes(uri);',
      breaks: 'a stream that was disabled is sent what happened meanwhile',
      suites: TOLD,
    },
  ),
  ...inFile(
    'lambdas/core/signals/access-token.ts',
    {
      id: 'own-scopes',
      find: "return scopes.includes(needed) || scopes.includes('ssf.manage');",
      replace: 'return scopes.length > 0;',
      breaks: 'a token that may read makes streams',
      suites: TOLD,
    },
    {
      id: 'unsealed',
      find: 'bytes.length === expected.length && timingSafeEqual(bytes, expected)',
      replace: 'bytes.length === expected.length',
      breaks: 'whoever knows a receiver’s id makes its tokens',
      suites: TOLD,
    },
  ),
  ...inFile('lambdas/handlers/signals/for-receivers.ts', {
    id: 'tokens-for-ever',
    find: ' || clock() >= content.untilMs',
    replace: '',
    breaks: 'a token lasts for ever',
    suites: TOLD,
  }),
  ...inFile('lambdas/handlers/signals/push-signals.ts', {
    id: 'hammers',
    find: "failing.set(body?.receiver ?? '', seconds);",
    replace: '',
    breaks: 'what is told of somebody overtakes what came before it',
    suites: TOLD,
  }),
];
