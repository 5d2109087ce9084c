// The pages by their addresses; each is loaded when somebody first goes there.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { PageFailed, PageMissing } from './parts/problem.tsx';
import { Shell } from './shell/shell.tsx';

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: PageMissing, errorComponent: PageFailed });
const within = () => rootRoute;

const routes = [
  createRoute({
    getParentRoute: within,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/home.tsx'), 'HomePage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/my-access',
    component: lazyRouteComponent(() => import('./pages/my-access.tsx'), 'MyAccessPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/people',
    component: lazyRouteComponent(() => import('./pages/people.tsx'), 'PeoplePage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/people/$id',
    component: lazyRouteComponent(() => import('./pages/identity.tsx'), 'IdentityPage'),
    validateSearch: ({ at }: Record<string, unknown>): { readonly at?: string } =>
      typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? { at } : {},
  }),
  createRoute({
    getParentRoute: within,
    path: '/people/$id/departure',
    component: lazyRouteComponent(() => import('./pages/departure.tsx'), 'DeparturePage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/requests',
    component: lazyRouteComponent(() => import('./pages/requests.tsx'), 'RequestsPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/requests/new',
    component: lazyRouteComponent(() => import('./pages/new-request.tsx'), 'NewRequestPage'),
    validateSearch: ({
      for: whom,
      what,
    }: Record<string, unknown>): { readonly for?: string; readonly what?: string } => ({
      ...(typeof whom === 'string' && { for: whom }),
      ...(typeof what === 'string' && { what }),
    }),
  }),
  createRoute({
    getParentRoute: within,
    path: '/requests/$id',
    component: lazyRouteComponent(() => import('./pages/request.tsx'), 'RequestPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/applications',
    component: lazyRouteComponent(() => import('./pages/applications.tsx'), 'ApplicationsPage'),
    validateSearch: ({ id }: Record<string, unknown>): { readonly id?: string } =>
      typeof id === 'string' ? { id } : {},
  }),
  createRoute({
    getParentRoute: within,
    path: '/hr',
    component: lazyRouteComponent(() => import('./pages/hr.tsx'), 'HrPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/systems',
    component: lazyRouteComponent(() => import('./pages/systems.tsx'), 'SystemsPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/reviews',
    component: lazyRouteComponent(() => import('./pages/reviews.tsx'), 'ReviewsPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/campaigns',
    component: lazyRouteComponent(() => import('./pages/campaigns.tsx'), 'CampaignsPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/campaigns/new',
    component: lazyRouteComponent(() => import('./pages/new-campaign.tsx'), 'NewCampaignPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/campaigns/$id',
    component: lazyRouteComponent(() => import('./pages/campaign.tsx'), 'CampaignPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/campaigns/$id/desk',
    component: lazyRouteComponent(() => import('./pages/desk.tsx'), 'DeskPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/tasks',
    component: lazyRouteComponent(() => import('./pages/tasks.tsx'), 'TasksPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/holds',
    component: lazyRouteComponent(() => import('./pages/holds.tsx'), 'HoldsPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/holds/$id',
    component: lazyRouteComponent(() => import('./pages/hold.tsx'), 'HoldPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/reconciliations',
    component: lazyRouteComponent(() => import('./pages/reconciliations.tsx'), 'ReconciliationsPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/reconciliations/$application',
    component: lazyRouteComponent(() => import('./pages/reconciliation.tsx'), 'ReconciliationPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/entitlements',
    component: lazyRouteComponent(() => import('./pages/entitlements.tsx'), 'EntitlementsPage'),
    validateSearch: ({ id, at }: Record<string, unknown>): { readonly id?: string; readonly at?: string } => ({
      ...(typeof id === 'string' && { id }),
      ...(typeof at === 'string' && { at }),
    }),
  }),
  createRoute({
    getParentRoute: within,
    path: '/duties',
    component: lazyRouteComponent(() => import('./pages/duties.tsx'), 'DutiesPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/time-to-revoke',
    component: lazyRouteComponent(() => import('./pages/time-to-revoke.tsx'), 'TimeToRevokePage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/alerts',
    component: lazyRouteComponent(() => import('./pages/alerts.tsx'), 'AlertsPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/alerts/$id',
    component: lazyRouteComponent(() => import('./pages/alert.tsx'), 'AlertPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/what-if',
    component: lazyRouteComponent(() => import('./pages/what-if.tsx'), 'WhatIfPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/audit',
    component: lazyRouteComponent(() => import('./pages/audit.tsx'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/evidence',
    component: lazyRouteComponent(() => import('./pages/evidence.tsx'), 'EvidencePage'),
  }),
  createRoute({
    getParentRoute: within,
    path: '/certificates/$id',
    component: lazyRouteComponent(() => import('./pages/certificate.tsx'), 'CertificatePage'),
  }),
];

export const router = createRouter({ routeTree: rootRoute.addChildren(routes), defaultPreload: 'intent' });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
