// One thing that somebody holds, with all that helps to decide on it. Nothing is chosen beforehand.
import Badge from '@cloudscape-design/components/badge';
import { type ReactNode, type Ref, useState } from 'react';
import { IdentityLink } from '../parts/links.tsx';
import { duration, Moment, WithMoments } from '../parts/moment.tsx';
import { Status } from '../parts/status.tsx';
import { isRisky, isTelling, nameOf, type ReviewItem, wordsFor } from './review-words.ts';

export interface ReviewItemProps {
  readonly item: ReviewItem;
  readonly isCurrent: boolean;
  readonly onPick: () => void;
  readonly ref?: Ref<HTMLLIElement>;
  /** What can be done with it. */
  readonly children: ReactNode;
}

export function ReviewItemCard({ item, isCurrent, onPick, ref, children }: ReviewItemProps) {
  const { entitlement, description, privileged, byHand, because, reasons, breaks = [], duties, status } = item;
  const [isWhole, setWhole] = useState(false);
  return (
    <li
      ref={ref}
      className={isCurrent ? 'item current' : 'item'}
      aria-current={isCurrent ? 'true' : undefined}
      onFocus={onPick}
    >
      <div className="title">
        <strong>{nameOf(item)}</strong>
        <span className="soft">{entitlement}</span>
        {privileged && <Badge color="red">privileged</Badge>}
        {byHand && <Badge>by hand</Badge>}
        {because
          .filter((one) => one !== 'privileged' && isTelling(one))
          .map((one) => (
            <Badge key={one} color={isRisky(one) ? 'red' : 'grey'}>
              {wordsFor(one)}
            </Badge>
          ))}
        {status !== 'open' && <Status of={status} />}
      </div>
      {description !== undefined && <div>{description}</div>}
      <ul className="facts">
        {reasons.length === 0 && <li>No reason for it is known.</li>}
        {reasons.map((line) => (
          <li key={line}>
            <WithMoments line={line} />
          </li>
        ))}
        <li>
          {item.lastUsedAt === undefined ? (
            'When it was last used is not known.'
          ) : (
            <>
              {item.useApproximate ? 'Something of its application was last used' : 'Last used'}{' '}
              <Moment at={item.lastUsedAt} relative />.
            </>
          )}{' '}
          {item.peers !== undefined && `${item.peers.n} of ${item.peers.of} who do the same job have it.`}
        </li>
        {item.lastReview !== undefined && (
          <li>
            {item.lastReview.answer} at the last review, <Moment at={item.lastReview.at} />
            {item.lastReview.by !== undefined && <> by {item.lastReview.by}</>}.
          </li>
        )}
        {duties.map((rule) => (
          <li key={rule}>A side of the rule {rule}, of which two come together.</li>
        ))}
        {breaks.slice(0, isWhole ? undefined : 2).map((line) => (
          <li key={line}>If it goes: {line}</li>
        ))}
        {breaks.length > 2 && !isWhole && (
          <li>
            <button type="button" className="more" onClick={() => setWhole(true)}>
              {breaks.length - 2} more that go with it
            </button>
          </li>
        )}
      </ul>
      <Outcome item={item} />
      {children}
    </li>
  );
}

function Outcome({ item: { answer, removal, undoUntil } }: { readonly item: ReviewItem }) {
  return (
    <>
      {answer !== undefined && (
        <div className="soft">
          {answer.decision}
          {answer.until !== undefined && (
            <>
              {' '}
              until <Moment at={answer.until} />
            </>
          )}
          , <IdentityLink id={answer.by} />, <Moment at={answer.at} />: “{answer.reason}”
        </div>
      )}
      {removal !== undefined && (
        <div>
          {removal.readBackAt === undefined ? (
            <Status
              of={removal.late ? 'failed' : 'running'}
              text={removal.late ? 'being taken away, and late' : 'being taken away'}
            />
          ) : (
            <Status of="done" text="read back as gone" />
          )}{' '}
          {removal.inSeconds !== undefined && `after ${duration(removal.inSeconds)}`}{' '}
          {removal.proof !== undefined && `Entry ${removal.proof.logIndex} of the sealed log.`}{' '}
          {undoUntil !== undefined && (
            <>
              It can be undone until <Moment at={undoUntil} />.
            </>
          )}
        </div>
      )}
    </>
  );
}
