// What detections go by where a deployment says nothing else.
import type { DetectionSettings } from './context.ts';

export const DEFAULT_DETECTION_SETTINGS: DetectionSettings = {
  egressNetworks: [],
  departureGraceMinutes: 15,
  learningDays: 14,
  dormantAfterDays: 90,
  travelKmPerHour: 1_000,
  departureNoticeDays: 30,
  burstReads: 200,
  resetWindowHours: 24,
  ownAccounts: [],
  breakGlassAccounts: [],
};
