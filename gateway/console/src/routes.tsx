import { createBrowserRouter } from 'react-router';

import { Home } from './pages/Home';
import { LoginPage } from './pages/login/LoginPage';
import { Failure } from './shell/Failure';
import { Shell } from './shell/Shell';

/** One place per page. Each is loaded when it is first gone to. */
export const router = createBrowserRouter([
  { path: '/login', element: <LoginPage /> },
  {
    path: '/',
    element: <Shell />,
    errorElement: <Failure />,
    hydrateFallbackElement: <></>,
    children: [
      { index: true, element: <Home /> },
      {
        path: 'dashboard',
        lazy: async () => ({
          Component: (await import('./pages/dashboard/DashboardPage')).DashboardPage,
        }),
      },
      {
        path: 'customers',
        lazy: async () => ({
          Component: (await import('./pages/customers/CustomersPage')).CustomersPage,
        }),
      },
      {
        path: 'customers/:customerId',
        lazy: async () => ({
          Component: (await import('./pages/customer/CustomerPage')).CustomerPage,
        }),
      },
      {
        path: 'customers/:customerId/statement',
        lazy: async () => ({
          Component: (await import('./pages/statement/StatementPage')).StatementPage,
        }),
      },
      {
        path: 'invoices',
        lazy: async () => ({
          Component: (await import('./pages/invoices/InvoicesPage')).InvoicesPage,
        }),
      },
      {
        path: 'invoices/:invoiceId',
        lazy: async () => ({
          Component: (await import('./pages/invoice/InvoicePage')).InvoicePage,
        }),
      },
      {
        path: 'plans',
        lazy: async () => ({
          Component: (await import('./pages/plans/PlansPage')).PlansPage,
        }),
      },
      {
        path: 'plans/:planId',
        lazy: async () => ({
          Component: (await import('./pages/plan/PlanPage')).PlanPage,
        }),
      },
      {
        path: 'bill-runs',
        lazy: async () => ({
          Component: (await import('./pages/billruns/BillRunsPage')).BillRunsPage,
        }),
      },
      {
        path: 'bill-runs/:billRunId',
        lazy: async () => ({
          Component: (await import('./pages/billrun/BillRunPage')).BillRunPage,
        }),
      },
      {
        path: 'payments',
        lazy: async () => ({
          Component: (await import('./pages/payments/PaymentsPage')).PaymentsPage,
        }),
      },
      {
        path: 'payments/:paymentId',
        lazy: async () => ({
          Component: (await import('./pages/payment/PaymentPage')).PaymentPage,
        }),
      },
      {
        path: 'deposit-accounts',
        lazy: async () => ({
          Component: (await import('./pages/deposits/DepositsPage')).DepositsPage,
        }),
      },
      {
        path: 'deposit-accounts/:accountId',
        lazy: async () => ({
          Component: (await import('./pages/deposit/DepositPage')).DepositPage,
        }),
      },
      {
        path: 'decisions/:decisionId?',
        lazy: async () => ({
          Component: (await import('./pages/decisions/DecisionsPage')).DecisionsPage,
        }),
      },
      {
        path: 'desk',
        lazy: async () => ({ Component: (await import('./pages/desk/DeskPage')).DeskPage }),
      },
      {
        path: 'desk/collectors',
        lazy: async () => ({
          Component: (await import('./pages/collectors/CollectorsPage')).CollectorsPage,
        }),
      },
      {
        path: 'desk/queues',
        lazy: async () => ({
          Component: (await import('./pages/queues/QueuesPage')).QueuesPage,
        }),
      },
      {
        path: 'desk/:caseId',
        lazy: async () => ({ Component: (await import('./pages/case/CasePage')).CasePage }),
      },
      {
        path: 'policy',
        lazy: async () => ({ Component: (await import('./pages/policy/PolicyPage')).PolicyPage }),
      },
      {
        path: 'policy/new',
        lazy: async () => ({
          Component: (await import('./pages/policy/PolicyEditor')).PolicyEditor,
        }),
      },
      {
        path: 'policy/:policyId',
        lazy: async () => ({ Component: (await import('./pages/policy/PolicyView')).PolicyView }),
      },
      {
        path: 'policy/:policyId/edit',
        lazy: async () => ({
          Component: (await import('./pages/policy/PolicyEditor')).PolicyEditor,
        }),
      },
      {
        path: 'what-ifs/:whatIfId',
        lazy: async () => ({ Component: (await import('./pages/whatif/WhatIfPage')).WhatIfPage }),
      },
      {
        path: 'runs',
        lazy: async () => ({ Component: (await import('./pages/runs/RunsPage')).RunsPage }),
      },
      {
        path: 'runs/:runId',
        lazy: async () => ({ Component: (await import('./pages/runs/RunPage')).RunPage }),
      },
      {
        path: 'reminders/:reminderId?',
        lazy: async () => ({
          Component: (await import('./pages/reminders/RemindersPage')).RemindersPage,
        }),
      },
      {
        path: 'figures',
        lazy: async () => ({
          Component: (await import('./pages/figures/FiguresPage')).FiguresPage,
        }),
      },
      {
        path: 'imports/:importId?',
        lazy: async () => ({
          Component: (await import('./pages/imports/ImportsPage')).ImportsPage,
        }),
      },
      {
        path: 'settings',
        lazy: async () => ({
          Component: (await import('./pages/settings/SettingsPage')).SettingsPage,
        }),
      },
      {
        path: 'users',
        lazy: async () => ({
          Component: (await import('./pages/users/UsersPage')).UsersPage,
        }),
      },
      {
        path: 'platform',
        lazy: async () => ({
          Component: (await import('./pages/platform/PlatformPage')).PlatformPage,
        }),
      },
      {
        path: 'organizations',
        lazy: async () => ({
          Component: (await import('./pages/organizations/OrganizationsPage')).OrganizationsPage,
        }),
      },
      { path: '*', element: <Failure missing /> },
    ],
  },
]);
