// The API's own description. Without zod, which its function would otherwise load for nothing.
import { defineRoutes, type RouteDefinitions } from './route.ts';

export const openapiDocumentRoutes = defineRoutes({
  'get-openapi': {
    method: 'GET',
    path: '/openapi.json',
    access: 'open',
    summary: 'This document',
    answers: { 200: 'any' },
    uses: {},
  },
} as const satisfies RouteDefinitions);
