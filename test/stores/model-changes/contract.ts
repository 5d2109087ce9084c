// What every store of deployed models and of the walk promises.
import { expect, it } from 'vitest';
import { NOTHING_COUNTED, type PopulationWalk } from '../../../lambdas/core/hr/population-walk.ts';
import type { ModelChangeStore } from '../../../lambdas/stores/model-changes/model-change-store.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { NOW_MS, pagesOf } from '../identities/examples.ts';

const WALK: PopulationWalk = {
  modelHash: 'a',
  startedMs: NOW_MS,
  holdId: 'hold',
  step: 'looking',
  revision: 1,
  counts: { ...NOTHING_COUNTED, employed: 3, closes: { chat: 1 } },
};

export function describeModelChanges(open: () => Promise<ModelChangeStore>): void {
  it('hands out a model as it was deployed, however large it is, and none that nobody saved', async () => {
    const store = await open();
    expect(await store.findModel(MODEL.hash)).toBeUndefined();
    await store.saveModel(MODEL);
    await store.saveModel(MODEL);
    expect(await store.findModel(MODEL.hash)).toEqual(MODEL);
    const profiles = Array.from({ length: 12_000 }, (_, index) => ({
      id: `p${index}`,
      name: Math.sin(index).toString(36),
      when: { title: [`${Math.cos(index)} ${Math.tan(index)}`] },
      entitlements: ['chat:everyone'],
    }));
    const large = { ...MODEL, hash: 'large', profiles };
    await store.saveModel(large);
    expect(await store.findModel('large')).toEqual(large);
    expect(await store.findModel(MODEL.hash)).toEqual(MODEL);
  });

  it('knows the models in use, with what they say, until each is forgotten as it was read', async () => {
    const store = await open();
    expect(await store.listInUse()).toEqual([]);
    await store.noteInUse(MODEL, NOW_MS);
    await store.noteInUse(MODEL, NOW_MS + 1);
    const other = { ...MODEL, hash: 'another' };
    await store.noteInUse(other, NOW_MS + 2);
    const noted = { modelHash: MODEL.hash, sinceMs: NOW_MS };
    const all = [noted, { modelHash: 'another', sinceMs: NOW_MS + 2 }];
    expect(await store.listInUse()).toEqual(all.toSorted((a, b) => (a.modelHash < b.modelHash ? -1 : 1)));
    expect(await store.findModel('another')).toEqual(other);
    await store.forgetInUse({ modelHash: 'another', sinceMs: NOW_MS });
    expect(await store.listInUse()).toHaveLength(2);
    await store.forgetInUse({ modelHash: 'another', sinceMs: NOW_MS + 2 });
    await store.forgetInUse({ modelHash: 'never', sinceMs: 1 });
    expect(await store.listInUse()).toEqual([noted]);
    expect(await store.findWalk()).toBeUndefined();
  });

  it('keeps one walk, and lets nobody write who has not seen the last writing', async () => {
    const store = await open();
    expect(await store.findWalk()).toBeUndefined();
    expect(await store.saveWalk(WALK, 1, [])).toBe(false);
    const writing = [store.saveWalk(WALK, 0, []), store.saveWalk({ ...WALK, modelHash: 'b' }, 0, [])];
    expect((await Promise.all(writing)).filter(Boolean)).toHaveLength(1);
    const next: PopulationWalk = {
      ...WALK,
      step: 'losing',
      verdict: 'held',
      decidedMs: 7,
      after: 'x',
      stuckMs: 8,
      revision: 2,
    };
    expect(await store.saveWalk(next, 1, [])).toBe(true);
    expect(await store.saveWalk({ ...next, step: 'done' }, 1, [])).toBe(false);
    expect(await store.findWalk()).toEqual(next);
  });

  it('keeps the settings on record by the same condition', async () => {
    const store = await open();
    expect(await store.findSettings()).toBeUndefined();
    const pending = {
      type: 'settings-changed',
      codeVersion: '1.0.0',
      changes: [{ setting: 'throttle.burst', after: 'b' }],
    } as const;
    const settings = { hashes: { 'throttle.burst': 'b' }, recordedMs: NOW_MS, modelHash: 'a', pending, revision: 1 };
    expect(await store.saveSettings(settings, 1, [])).toBe(false);
    const writing = [store.saveSettings(settings, 0, []), store.saveSettings(settings, 0, [])];
    expect((await Promise.all(writing)).filter(Boolean)).toHaveLength(1);
    expect(await store.findSettings()).toEqual(settings);
    const { pending: _, ...recorded } = settings;
    expect(await store.saveSettings({ ...recorded, revision: 2 }, 1, [])).toBe(true);
    expect(await store.findSettings()).toEqual({ ...recorded, revision: 2 });
    expect(await store.findWalk()).toBeUndefined();
  });

  it('lists those who lose something apart from the others, by id, each once', async () => {
    const store = await open();
    const losing = ['E1', 'E2', 'E3'].map((identityId) => ({ identityId, loses: ['chat:everyone'] }));
    await store.noteConcerned('hold', [...losing, { identityId: 'E4', loses: [] }], NOW_MS);
    await store.noteConcerned('hold', losing.slice(1), NOW_MS);
    await store.noteConcerned('other', [{ identityId: 'E9', loses: ['chat:everyone'] }], NOW_MS);
    for (const limit of [1, 2, 10]) {
      const pages = await pagesOf((after) => store.listConcerned({ holdId: 'hold', loses: true, limit, after }));
      expect(pages.flat()).toEqual(losing);
    }
    expect((await store.listConcerned({ holdId: 'hold', loses: false, limit: 9 })).items).toEqual([
      { identityId: 'E4', loses: [] },
    ]);
    expect(await store.findLosing('hold', 'E2')).toEqual(losing[1]);
    expect(await store.findLosing('hold', 'E4')).toBeUndefined();
  });
}
