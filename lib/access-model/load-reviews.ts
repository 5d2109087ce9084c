// `reviews.yaml`: what is looked at again, and by when. What it compiles to: lambdas/core/access-model/review-rules.ts.
import * as z from 'zod';
import { REVIEWED_REASONS, type ReviewRules } from '../../lambdas/core/access-model/review-rules.ts';
import { type Faults, parseWith } from './faults.ts';
import type { YamlFile } from './yaml-file.ts';

const MAXIMUM_ANSWER_DAYS = 60;
const DAYS_EXPECTED = `expected 1 to ${MAXIMUM_ANSWER_DAYS} days`;

const reviewsFileSchema = z.strictObject({
  movers: z
    .strictObject({
      answerDays: z.int().min(1, DAYS_EXPECTED).max(MAXIMUM_ANSWER_DAYS, DAYS_EXPECTED).default(14),
      asksFor: z
        .array(z.enum(REVIEWED_REASONS))
        .max(REVIEWED_REASONS.length)
        .default([...REVIEWED_REASONS]),
    })
    .optional(),
});

/** Undefined: nothing is. */
export function loadReviews(file: YamlFile | undefined, faults: Faults): ReviewRules | undefined {
  const content = file && parseWith(reviewsFileSchema, file, faults);
  if (content?.movers === undefined) return undefined;
  const { answerDays, asksFor } = content.movers;
  return { movers: { answerDays, asksFor: [...new Set(asksFor)].sort() } };
}
