// What may be written after `npm start --`, and in the file of `--settings`.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callersFolder, readOptions, UsageError } from '../../local/options.ts';
import { readSettingsFile } from '../../local/settings-file.ts';

const TOKEN = 'a-token-that-is-nobodys';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-options-'));
  mkdirSync(join(folder, 'model'));
  writeFileSync(join(folder, 'settings.yaml'), '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('options', () => {
  it('name the model and the settings by paths that begin where npm was called', () => {
    const options = readOptions(['--access-model', 'model', '--settings=settings.yaml', '--port', '7000'], folder);
    expect(options).toEqual({
      help: false,
      once: false,
      empty: false,
      feed: false,
      firstPort: 7000,
      accessModelFolder: join(folder, 'model'),
      settingsFile: join(folder, 'settings.yaml'),
    });
    expect(callersFolder({ npm_lifecycle_event: 'start', INIT_CWD: '/home/ada' }, '/tenure')).toBe('/home/ada');
    // Started from within another script of npm's, or by hand.
    expect(callersFolder({ npm_lifecycle_event: 'test', INIT_CWD: '/home/ada' }, '/tenure')).toBe('/tenure');
    expect(callersFolder({}, '/tenure')).toBe('/tenure');
  });

  it.each([
    [['--onze'], "Unknown option '--onze'"],
    [['model'], "Unexpected argument 'model'"],
    [['--access-model'], "Option '--access-model <value>' argument missing"],
    [['--access-model', 'modell'], '--access-model modell: there is no such directory'],
    [['--access-model', 'settings.yaml'], '--access-model settings.yaml: there is no such directory'],
    [['--access-model='], '--access-model : there is no such directory'],
    [['--settings', 'model'], '--settings model: there is no such file'],
    [['--port', '1023'], '--port 1023: expected a number from 1024 to 65532'],
    [['--port', '65533'], '--port 65533: expected a number from 1024 to 65532'],
    [['--once', '--empty'], '--once ends after the feed, and --empty has none'],
    [['--feed', '--empty'], '--feed plays the feed, and --empty has none'],
  ])('refuse %j', (args, said) => {
    expect(() => readOptions(args, folder)).toThrow(UsageError);
    expect(() => readOptions(args, folder)).toThrow(said);
  });
});

describe('the settings file', () => {
  const read = (text: string | Uint8Array, mode = 0o600) => {
    const file = join(folder, 'own.yaml');
    writeFileSync(file, text);
    chmodSync(file, mode);
    return readSettingsFile(file);
  };

  it('is JSON or YAML: the settings of cdk.json, and secrets beside them', () => {
    const tenure = { hrSources: ['my-hr'], massErrorGuard: { neverHeld: 10 } };
    const expected = { tenure, secrets: { crm: { token: TOKEN } } };
    expect(read(JSON.stringify({ ...tenure, secrets: expected.secrets }, null, '\t'))).toEqual(expected);
    expect(
      read(`hrSources: [my-hr]\nmassErrorGuard: { neverHeld: 10 }\nsecrets:\n  crm:\n    token: ${TOKEN}\n`),
    ).toEqual(expected);
    expect(read('')).toEqual({ tenure: {}, secrets: {} });
  });

  it('names every unknown key and wrong value, by line', () => {
    expect(() => read('hrSorces: [a]\nmassErrorGuard:\n  neverHeld: 1001\n  never: 1\nsecrets: { crm: 5 }\n')).toThrow(
      [
        'The settings file own.yaml has 4 faults:',
        '  own.yaml:5:17  secrets.crm: expected an object',
        '  own.yaml:3:14  massErrorGuard.neverHeld: Too big: expected number to be <=1000',
        '  own.yaml:4:3  massErrorGuard.never: unknown key',
        '  own.yaml:1:1  hrSorces: unknown key',
      ].join('\n'),
    );
    expect(() => read('- a list\n')).toThrow('own.yaml:1:1  expected object');
  });

  it.each([
    ['cannot be read', `secrets:\n  crm: |${TOKEN}\n`],
    ['has a tag', `secrets:\n  crm: !${TOKEN} x\n`],
    ['has an alias', `secrets:\n  crm: *${TOKEN}\n`],
    ['has no object for a secret', `secrets:\n  crm: ${TOKEN}\n`],
    ['has a list of secrets', `secrets: [${TOKEN}]\n`],
  ])('quotes nothing that may be secret where it %s', (_, text) => {
    const error = (() => {
      try {
        return read(text);
      } catch (reason) {
        return String(reason);
      }
    })();
    expect(error).toMatch(/own\.yaml:\d+:\d+ {2}/);
    expect(error).not.toContain(TOKEN);
  });

  it.each([
    ['640', 0o640],
    ['604', 0o604],
    ['602', 0o602],
  ])('is refused when it holds secrets and its mode is %s', (_, mode) => {
    const text = `secrets: { crm: { token: ${TOKEN} } }\n`;
    expect(() => read(text, mode)).toThrow('own.yaml holds secrets, and others on this machine may read it.');
    expect(read('hrSources: [my-hr]\n', mode).tenure).toEqual({ hrSources: ['my-hr'] });
  });

  it('is read up to 64 KiB, as UTF-8', () => {
    const most = `#${' '.repeat(64 * 1024 - 1)}`;
    expect(read(most)).toEqual({ tenure: {}, secrets: {} });
    expect(() => read(`${most} `)).toThrow('own.yaml  65537 bytes: expected at most 65536');
    expect(() => read(new Uint8Array([0x61, 0xff]))).toThrow('own.yaml  expected UTF-8');
  });
});
