// What a dropped file asks the API to simulate, by what is in it. The API says what is wrong with its content.
import { parse } from 'yaml';
import type { Schemas } from './contract.ts';

export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/** @throws UnreadableFile with what was expected */
export function readSimulation(name: string, content: string): Schemas['Simulation'] {
  if (content.trim() === '')
    throw new UnreadableFile(`${name} is empty: expected access profiles, HR events or people`);
  const ending = name.toLowerCase().split('.').at(-1);
  switch (ending) {
    case 'csv':
      return { people: { format: 'csv', content } };
    case 'jsonl':
      return { people: { format: 'jsonl', content } };
    case 'yaml':
    case 'yml':
    case 'json':
      return ofDocument(name, read(name, content));
    default:
      throw new UnreadableFile(`${name}: expected a file that ends in .yaml, .yml, .json, .csv or .jsonl`);
  }
}

/** A file of the access model, a body of the route itself, or events as HR posts them. */
function ofDocument(name: string, document: unknown): Schemas['Simulation'] {
  if (Array.isArray(document)) return { events: document as Schemas['HrEventBatch'] };
  if (typeof document !== 'object' || document === null)
    throw new UnreadableFile(`${name}: expected an object or a list`);
  if ('specversion' in document) return { events: [document as Schemas['HrEvent']] };
  const isModel = ['profiles', 'without', 'retire'].some((member) => member in document);
  return isModel ? { model: document as NonNullable<Schemas['Simulation']['model']> } : document;
}

function read(name: string, content: string): unknown {
  try {
    return parse(content, { maxAliasCount: 100 });
  } catch (error) {
    throw new UnreadableFile(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
