// What several resources of the API are made of.
import * as z from 'zod';
import { LATEST_MS } from '../core/moment.ts';

export const instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC.' });
/** As a caller sends one. */
export const moment = z.iso
  .datetime({ offset: true, abort: true, error: 'expected an RFC 3339 date-time with an offset' })
  .refine((at) => Date.parse(at) < LATEST_MS, 'expected an instant before 2200');
export const identityStatus = z.enum(['unknown', 'pending', 'active', 'suspended', 'departed']);
export const taskStatus = z.enum(['open', 'done', 'superseded']);
