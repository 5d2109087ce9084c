// How detections judge in this deployment, beside the code: lists of networks and accounts may be long.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DetectionPolicy } from '../core/detection/detection-settings.ts';

export const DETECTION_FILE = 'detection.json';

let policy: DetectionPolicy | undefined;

export function deployedDetection(): DetectionPolicy {
  policy ??= JSON.parse(readFileSync(join(import.meta.dirname, DETECTION_FILE), 'utf8')) as DetectionPolicy;
  return policy;
}
