// A review as the operators' API shows it: every item with why it is held, and what became of it.
import type { ReviewAnswerBody } from '../../api/reviews.ts';
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import type { ReviewItemState } from '../../core/identity/access-reviews.ts';
import { isAnyOpen, isOpen, type StandingReview } from '../../core/identity/standing-reviews.ts';
import { toIso } from '../../core/moment.ts';
import { type ChangedEntitlement, changesByMove } from '../../core/reviews/mover-reviews.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { presentEntitlements } from '../shared/present-entitlements.ts';
import { type Answerers, answerersOf, answerersOfItem } from '../shared/review-answerers.ts';

type Item = ReviewAnswerBody['items'][number];

export async function presentReview(
  dependencies: Pick<ApiDependencies, 'directory' | 'clock' | 'model'>,
  loaded: LoadedIdentity,
  found: StandingReview,
): Promise<ReviewAnswerBody> {
  const { record, timeline, nowMs } = loaded;
  const { review, moved } = found;
  const { opened, items } = review;
  const { identityId } = record.header;
  const model = dependencies.model();
  const openedMs = Math.max(opened.recordedMs, moved.atMs);
  const linesAt = (atMs: number) =>
    new Map(
      presentEntitlements({ identityId, timeline, accounts: [], model, atMs }).map(({ entitlement, reasons }) => [
        entitlement,
        reasons.map(({ line }) => line),
      ]),
    );
  const [before, after] = [linesAt(moved.atMs - 1), linesAt(openedMs)];
  const changes = changesByMove({ identityId, timeline, model }, moved.atMs, openedMs);
  const asked = new Map(items.map((one) => [one.entitlement, one]));
  const answerers = isAnyOpen(review, nowMs) ? await answerersOf(dependencies, loaded, found) : undefined;
  const gone = items.filter(({ entitlement }) => changes.every((one) => one.entitlement !== entitlement));
  const all = [...changes, ...gone.map(({ entitlement }): Changed => ({ entitlement, change: 'kept' }))];
  return {
    reviewId: opened.reviewId,
    identityId,
    basis: 'mover',
    moved: { fact: moved.factId, at: toIso(moved.atMs) },
    openedAt: toIso(opened.recordedMs),
    dueAt: toIso(review.dueMs),
    status: isAnyOpen(review, nowMs) ? 'open' : 'closed',
    items: all.map(({ entitlement, change }) => {
      const [applicationId] = entitlement.split(':');
      const described = findEntitlement(model, entitlement)?.entitlement;
      const isByHand = model.applications.some(({ id, connector }) => id === applicationId && connector === 'manual');
      const item = asked.get(entitlement);
      return {
        entitlement,
        name: described?.name,
        privileged: described?.privileged,
        byHand: isByHand || undefined,
        change,
        reasons: (change === 'lost' ? before : after).get(entitlement) ?? [],
        ...(item === undefined ? { status: 'not-asked' as const } : presentItem(item, found, loaded, answerers)),
      };
    }),
  };
}

type Changed = Pick<ChangedEntitlement, 'entitlement' | 'change'>;

function presentItem(
  item: ReviewItemState,
  { review }: StandingReview,
  { timeline, nowMs }: LoadedIdentity,
  answerers: Answerers | undefined,
): Pick<Item, 'status' | 'canAnswer' | 'securityCanAnswer' | 'by' | 'at' | 'reason'> {
  const { answer } = item;
  if (answer !== undefined) {
    const { answer: said, answeredBy: by, recordedMs, reason } = answer;
    return { status: said === 'keep' ? 'kept' : 'removed', by, at: toIso(recordedMs), reason };
  }
  if (answerers === undefined || !isOpen(item, review, nowMs)) return { status: 'not-answered' };
  const { people, security } = answerersOfItem(item, answerers, timeline);
  return { status: 'open', canAnswer: [...people], securityCanAnswer: security };
}
