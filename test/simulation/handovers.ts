// What movers keep for a time, in a quarter of all histories: for minutes, so that it ends in the course of one, or for longer
// than it lasts. It draws from a stream of its own, so that the histories of old seeds say what they said.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { REVIEWED_REASONS } from '../../lambdas/core/access-model/review-rules.ts';
import { type History, MINUTE_MS } from './history.ts';
import { DAY_MS } from './months.ts';
import type { Random } from './random.ts';
import type { Setting } from './setting.ts';

export const HANDOVERS_STREAM = 2_900_000_011;
const SHORT_MS = [MINUTE_MS, 10 * MINUTE_MS, 40 * MINUTE_MS, 60 * DAY_MS];
const LONG_MS = [DAY_MS, 10 * DAY_MS, 60 * DAY_MS];
/** Each a whole number of milliseconds. */
const ANSWER_DAYS = [1 / 1_024, 8 / 1_024, 64 / 1_024, 60];
const HANDED_OVER = ['chat:sales-room', 'chat:engineering-room', 'cloud:billing', 'cloud:developer', 'badge:office'];

export function withHandovers(random: Random, setting: Setting, { startMs, endsMs }: History): Setting {
  if (!random.chance(0.25)) return setting;
  const windows = endsMs - startMs > DAY_MS ? LONG_MS : SHORT_MS;
  const { model, deployment } = setting;
  return {
    ...setting,
    model: handingOver(model, random, windows),
    deployment: deployment && { ...deployment, model: handingOver(deployment.model, random, windows) },
  };
}

function handingOver(model: AccessModel, random: Random, windowsMs: readonly number[]): AccessModel {
  const windows = new Map(
    HANDED_OVER.filter(() => random.chance(0.7)).map((name) => [name, random.pick(windowsMs) / DAY_MS]),
  );
  const applications = model.applications.map((application) => ({
    ...application,
    entitlements: application.entitlements.map((one) => {
      const days = windows.get(`${application.id}:${one.id}`);
      return days === undefined ? one : { ...one, handover: { days } };
    }),
  }));
  const told = [...windows].map(([name, days]) => `${name} for ${Math.round(days * 1_440)} minutes`);
  const reviews = random.chance(0.7)
    ? { movers: { answerDays: random.pick(ANSWER_DAYS), asksFor: [...REVIEWED_REASONS] } }
    : undefined;
  const answered = reviews === undefined ? '' : `, reviewed in ${reviews.movers.answerDays} days`;
  return { ...model, hash: `${model.hash}, handed over ${told.join(', ')}${answered}`, applications, reviews };
}
