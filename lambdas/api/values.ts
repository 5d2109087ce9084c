// What several resources of the API are made of.
import * as z from 'zod';

export const instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC.' });
export const identityStatus = z.enum(['unknown', 'pending', 'active', 'suspended', 'departed']);
export const taskStatus = z.enum(['open', 'done', 'superseded']);
