// Deployed models and the walk without DynamoDB, on the same conditions as dynamo-model-change-store.ts.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { PopulationWalk } from '../../lambdas/core/hr/population-walk.ts';
import type {
  Concerned,
  ModelChangeStore,
  ModelInUse,
  RecordedSettings,
} from '../../lambdas/stores/model-changes/model-change-store.ts';
import { MemoryTable } from './memory-table.ts';

export function memoryModelChanges(table = new MemoryTable()): ModelChangeStore {
  const models = new Map<string, AccessModel>();
  const concerned = new Map<string, Map<string, Concerned>>();
  const inUse = new Map<string, ModelInUse>();
  let walk: PopulationWalk | undefined;
  let settings: RecordedSettings | undefined;
  const listOf = (holdId: string, loses: boolean) => {
    const key = `${loses} ${holdId}`;
    const list = concerned.get(key) ?? new Map<string, Concerned>();
    concerned.set(key, list);
    return list;
  };
  return {
    async saveModel(model) {
      models.set(model.hash, structuredClone(model));
    },
    async findModel(modelHash) {
      return models.get(modelHash);
    },
    async noteInUse(model, sinceMs) {
      if (inUse.has(model.hash)) return;
      models.set(model.hash, structuredClone(model));
      inUse.set(model.hash, { modelHash: model.hash, sinceMs });
    },
    async listInUse() {
      return structuredClone([...inUse.values()].sort((a, b) => (a.modelHash < b.modelHash ? -1 : 1)));
    },
    async forgetInUse({ modelHash, sinceMs }) {
      if (inUse.get(modelHash)?.sinceMs === sinceMs) inUse.delete(modelHash);
    },
    async findWalk() {
      return structuredClone(walk);
    },
    async saveWalk(next, expectedRevision, audit) {
      return table.transact((walk?.revision ?? 0) === expectedRevision, audit, () => {
        walk = structuredClone(next);
      });
    },
    async findSettings() {
      return structuredClone(settings);
    },
    async saveSettings(next, expectedRevision, audit) {
      return table.transact((settings?.revision ?? 0) === expectedRevision, audit, () => {
        settings = structuredClone(next);
      });
    },
    async noteConcerned(holdId, several) {
      for (const one of several) listOf(holdId, one.loses.length > 0).set(one.identityId, structuredClone(one));
    },
    async listConcerned({ holdId, loses, limit, after = '' }) {
      const rest = [...listOf(holdId, loses).values()]
        .filter(({ identityId }) => identityId > after)
        .sort((a, b) => (a.identityId < b.identityId ? -1 : 1));
      const items = structuredClone(rest.slice(0, limit));
      return { items, next: rest.length > limit ? items.at(-1)?.identityId : undefined };
    },
    async findLosing(holdId, identityId) {
      return structuredClone(listOf(holdId, true).get(identityId));
    },
  };
}
