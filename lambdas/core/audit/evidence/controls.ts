// The controls that access to systems is audited by, and which populations each of them is tested on.
import type { PopulationName } from './populations.ts';

export interface Control {
  readonly framework: string;
  readonly title: string;
  readonly populations: readonly PopulationName[];
}

const SOC_2 = 'SOC 2 (AICPA Trust Services Criteria, 2017 with points of focus of 2022)';
const ISO = 'ISO/IEC 27001:2022, Annex A';
const NIST = 'NIST SP 800-53 Rev. 5';

export const CONTROLS = {
  'CC6.1': {
    framework: SOC_2,
    title: 'Logical access to information assets is restricted',
    populations: ['given', 'privileged', 'taken', 'refusals'],
  },
  'CC6.2': {
    framework: SOC_2,
    title: 'Users are registered and authorized before access is issued, and removed when it is no longer authorized',
    populations: ['joiners', 'given', 'leavers', 'taken', 'proven'],
  },
  'CC6.3': {
    framework: SOC_2,
    title: 'Access is changed and removed by roles, least privilege and segregation of duties',
    populations: ['movers', 'given', 'taken', 'decisions', 'adopted'],
  },
  'A.5.15': { framework: ISO, title: 'Access control', populations: ['given', 'taken', 'refusals'] },
  'A.5.16': { framework: ISO, title: 'Identity management', populations: ['joiners', 'movers', 'leavers', 'adopted'] },
  'A.5.17': { framework: ISO, title: 'Authentication information', populations: ['taken', 'refusals'] },
  'A.5.18': {
    framework: ISO,
    title: 'Access rights',
    populations: ['joiners', 'movers', 'leavers', 'given', 'taken', 'proven', 'decisions', 'tasks'],
  },
  'A.8.2': { framework: ISO, title: 'Privileged access rights', populations: ['privileged', 'taken', 'decisions'] },
  'AC-2': {
    framework: NIST,
    title: 'Account management',
    populations: ['joiners', 'movers', 'leavers', 'given', 'taken', 'proven', 'adopted', 'tasks', 'decisions'],
  },
  'PS-4': {
    framework: NIST,
    title: 'Personnel termination',
    populations: ['leavers', 'taken', 'proven', 'escalated', 'tasks'],
  },
  'PS-5': { framework: NIST, title: 'Personnel transfer', populations: ['movers', 'given', 'taken', 'escalated'] },
} as const satisfies Readonly<Record<string, Control>>;

export type ControlId = keyof typeof CONTROLS;

export const CONTROL_IDS = Object.keys(CONTROLS) as readonly ControlId[];
