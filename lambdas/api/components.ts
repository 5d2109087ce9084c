// The schemas that the OpenAPI document holds under a name of their own, each registered where it is written.
import * as z from 'zod';

export const components = z.registry<{ readonly id: string }>();
