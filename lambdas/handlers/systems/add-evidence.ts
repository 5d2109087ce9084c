// A file that shows that a manual task was carried out. It is kept under its own hash, and never shown or run by anything:
// it says that somebody who may attest had it, and when.
import { EVIDENCE_TYPES, type EvidenceAnswer, MAXIMUM_EVIDENCE_BYTES, taskRoutes } from '../../api/tasks.ts';
import type { EvidenceFile, TaskRecord } from '../../core/access/task-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, InvalidInputError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type EvidenceFiles, s3EvidenceFiles } from '../../stores/evidence-files.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { requireUninvolved } from '../shared/require-uninvolved.ts';
import { loadTask } from './load-task.ts';

/** Of one task; what takes more belongs into one archive. */
const MAXIMUM_FILES = 10;

export interface EvidenceDependencies extends ApiDependencies {
  readonly evidenceFiles: Pick<EvidenceFiles, 'put'>;
}

const ROUTE = taskRoutes['add-evidence'];

export const addEvidence = answerOperator(
  ROUTE,
  async (dependencies: EvidenceDependencies, { operator, parameters, headers, bytes }) => {
    const task = await loadTask(dependencies, parameters.id);
    const { taskId, identityId, files = [] } = task;
    await requireUninvolved(dependencies, operator, [identityId]);
    const mediaType = mediaTypeOf(headers['content-type']);
    const sha256 = requireContent(bytes, headers['x-content-sha256']);
    const body: EvidenceAnswer = { taskId, sha256, bytes: bytes.length };
    const log = { taskId, identityId, bytes: bytes.length };
    // Said before the file is kept: nothing is asked of S3 for a task that takes none.
    if (files.some((file) => file.sha256 === sha256)) return { status: 200, body, log };
    if (task.status !== 'open') throw new ConflictError(`The task is no longer open: it is ${task.status}.`);
    if (files.length >= MAXIMUM_FILES) throw new ConflictError(`A task takes at most ${MAXIMUM_FILES} files.`);
    await dependencies.evidenceFiles.put({ identityId, taskId, sha256, bytes });
    const file = { sha256, bytes: bytes.length, mediaType, addedBy: operator.id, addedMs: dependencies.clock() };
    await keep(dependencies, task, file);
    return { status: 200, body, log };
  },
);

function mediaTypeOf(header = ''): string {
  const [mediaType = ''] = header.toLowerCase().split(';');
  const known = EVIDENCE_TYPES.find((one) => one === mediaType.trim());
  if (known === undefined) throw new ApiProblem(415, `Send one of ${EVIDENCE_TYPES.join(', ')}.`);
  return known;
}

/** @returns SHA-256 of what came, in hex */
function requireContent(bytes: Uint8Array, claimed: string | undefined): string {
  if (bytes.length > MAXIMUM_EVIDENCE_BYTES) {
    throw new ApiProblem(413, `Send at most ${MAXIMUM_EVIDENCE_BYTES} bytes.`);
  }
  if (bytes.length === 0)
    throw new InvalidInputError('The file is empty.', [{ pointer: '', detail: 'expected content' }]);
  const sha256 = sha256Hex(bytes);
  if (claimed !== undefined && claimed.toLowerCase() !== sha256) {
    const detail = `expected the SHA-256 of what came, in hex: ${sha256}`;
    throw new InvalidInputError('It is not what was sent.', [{ pointer: '/x-content-sha256', detail }]);
  }
  return sha256;
}

async function keep({ tasks }: EvidenceDependencies, task: TaskRecord, file: EvidenceFile): Promise<void> {
  const { taskId, identityId, applicationId, openedMs, files = [] } = task;
  const { sha256, bytes, addedBy, addedMs } = file;
  const entry: AuditEntry = {
    identityId,
    entryId: `evidence-added:${taskId}:${openedMs}:${sha256}`,
    at: toIso(addedMs),
    actor: { type: 'operator', id: addedBy },
    event: { type: 'evidence-added', taskId, applicationId, sha256, bytes },
  };
  const saved = await tasks.saveTask({ task: { ...task, files: [...files, file] }, audit: [entry] });
  if (!saved) throw new ConflictError('The task is no longer as it was: look at it once more.');
}

export const handler = serveApi(ROUTE, () =>
  addEvidence({ ...liveApiDependencies(), evidenceFiles: s3EvidenceFiles() }),
);
