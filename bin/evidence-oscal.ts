// Evidence as OSCAL assessment results (NIST, version 1.2.3), for tools that read that: what was examined, and where it lies
// in the folder. What of it satisfies a control is the auditor's to find, so there are observations and no findings.
import { createHash } from 'node:crypto';
import type { EvidenceSummary, PopulationSummary } from './evidence-summary.ts';

const OSCAL_VERSION = '1.2.3';
/** Of Tenure's own properties. */
const NAMESPACE = 'urn:tenure:evidence';
/** NIST's catalog has its controls in lower case; other frameworks publish none. */
const NIST_ID = /^[A-Z]{2}-\d+$/;

/** The file that says the same to other programs, and what it has. */
interface SummaryFile {
  readonly name: string;
  readonly content: string;
}

export function oscalOf(summary: EvidenceSummary, file: SummaryFile): object {
  const { madeAt, madeBy, period, populations } = summary;
  const idOf = (part: string) => uuidOf(`${file.content}\n${part}`);
  const observations = [
    ...populations.map((population) => observed(population, madeAt, idOf)),
    missingObserved(summary, idOf),
  ];
  return {
    'assessment-results': {
      uuid: idOf('document'),
      metadata: {
        title: 'Evidence of access to systems',
        'last-modified': madeAt,
        version: '1',
        'oscal-version': OSCAL_VERSION,
        props: [property('made-by', madeBy)],
      },
      'import-ap': {
        href: `#${idOf(file.name)}`,
        remarks: 'There is no assessment plan: what was asked for is in the evidence itself.',
      },
      results: [
        {
          uuid: idOf('result'),
          title: 'Populations and samples from the sealed audit log',
          description: `${summary.entries} sealed entries of the period, each of which leads to the root of the log.`,
          start: period.from,
          end: period.until,
          props: propertiesOf(summary),
          'reviewed-controls': { 'control-selections': selectionsOf(summary) },
          observations,
        },
      ],
      'back-matter': { resources: resourcesOf(summary, file, idOf) },
    },
  };
}

function propertiesOf({ log, sampling, subject, modelHashes }: EvidenceSummary) {
  return [
    property('log', log.origin),
    property('log-size', String(log.size)),
    property('log-root', log.root),
    ...log.keys.map((key) => property('log-key', key)),
    property('sample-seed', sampling.seed),
    ...(subject === undefined ? [] : [property('identity', subject)]),
    ...modelHashes.map((hash) => property('access-model', hash)),
  ];
}

function property(name: string, value: string) {
  return { name, ns: NAMESPACE, value };
}

/** One of each framework; of everything where no control was asked for. */
function selectionsOf({ controls }: EvidenceSummary) {
  if (controls.length === 0) return [{ 'include-all': {} }];
  const frameworks = [...new Set(controls.map(({ framework }) => framework))];
  return frameworks.map((framework) => ({
    description: framework,
    'include-controls': controls
      .filter((control) => control.framework === framework)
      .map(({ id }) => ({ 'control-id': NIST_ID.test(id) ? id.toLowerCase() : id })),
  }));
}

function observed({ name, what, sql, rows, file, sample, sampled }: PopulationSummary, collected: string, idOf: IdOf) {
  return {
    uuid: idOf(`observation ${name}`),
    title: name,
    description: what,
    props: [property('rows', String(rows)), property('sampled', String(sampled))],
    methods: ['EXAMINE'],
    'relevant-evidence': [
      { href: `#${idOf(file)}`, description: `The population whole. The same of the lake: ${sql}` },
      { href: `#${idOf(sample)}`, description: 'What the seed drew, each with its proof of inclusion in the log.' },
    ],
    collected,
  };
}

function missingObserved({ missing, madeAt }: EvidenceSummary, idOf: IdOf) {
  return {
    uuid: idOf('observation missing'),
    title: 'missing',
    description: 'What should have followed and did not, each with what the log says in its place.',
    props: [property('rows', String(missing))],
    methods: ['EXAMINE'],
    'relevant-evidence': [{ href: `#${idOf('missing.csv')}`, description: 'One line each.' }],
    collected: madeAt,
  };
}

function resourcesOf({ populations }: EvidenceSummary, { name, content }: SummaryFile, idOf: IdOf) {
  const resource = (href: string, title: string, value?: string) => {
    const hashes = value === undefined ? {} : { hashes: [{ algorithm: 'SHA-256', value }] };
    return { uuid: idOf(href), title, rlinks: [{ href, ...hashes }] };
  };
  return [
    resource(name, 'What was asked for and what there is', createHash('sha256').update(content).digest('hex')),
    ...populations.flatMap(({ name: population, file, sha256, sample }) => [
      resource(file, `Population: ${population}`, sha256),
      resource(sample, `Sample: ${population}`),
    ]),
    resource('missing.csv', 'What is missing'),
    resource('checkpoint', 'The signed checkpoint that all of it rests on'),
  ];
}

type IdOf = (part: string) => string;

/** RFC 9562, version 5 in form: the same evidence has the same ids. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
