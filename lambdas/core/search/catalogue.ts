// Applications and entitlements of the access model, as people search for them.
import type { AccessModel, Application, Entitlement } from '../access-model/access-model.ts';
import { type Found, WordIndex } from './word-index.ts';

export interface CatalogueEntry {
  readonly application: Application;
  readonly entitlement: Entitlement;
  /** `application:entitlement`. */
  readonly reference: string;
  /** Whether the rules let people ask for it. */
  readonly requestable: boolean;
}

export class Catalogue {
  readonly #applications: readonly Application[];
  readonly #entries: readonly CatalogueEntry[];
  readonly #byApplication: WordIndex;
  readonly #byEntry: WordIndex;

  constructor({ applications, requests = [] }: AccessModel) {
    const requestable = new Set(requests.flatMap(({ entitlements }) => entitlements));
    this.#applications = applications.filter(({ retired }) => !retired);
    this.#entries = this.#applications.flatMap((application) =>
      application.entitlements.map((entitlement) => {
        const reference = `${application.id}:${entitlement.id}`;
        return { application, entitlement, reference, requestable: requestable.has(reference) };
      }),
    );
    this.#byApplication = new WordIndex(this.#applications.map(({ id, name }) => [id, name]));
    this.#byEntry = new WordIndex(
      this.#entries.map(({ application, entitlement, reference }) => [reference, entitlement.name, application.name]),
    );
  }

  findApplications(text: string, limit: number): Part<Application> {
    return partOf(this.#applications, this.#byApplication.find({ text, limit }));
  }

  /** @param requestableOnly only what people may ask for */
  findEntitlements(text: string, limit: number, requestableOnly: boolean): Part<CatalogueEntry> {
    const where = requestableOnly ? (at: number) => this.#entries[at]?.requestable === true : undefined;
    return partOf(this.#entries, this.#byEntry.find({ text, limit, where }));
  }
}

export interface Part<Item> {
  readonly items: readonly Item[];
  readonly more: boolean;
}

function partOf<Item>(all: readonly Item[], { positions, more }: Found): Part<Item> {
  return { items: positions.flatMap((at) => all[at] ?? []), more };
}
