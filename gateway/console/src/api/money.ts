/** The shapes of billing and payments, taken from the paths that show and take them. */
import type { Answer, Row, Sent } from './shapes';

export type Plan = Row<'/api/v1/plans'>;
export type PlanIn = Sent<'/api/v1/plans', 'post'>;
export type Interval = Plan['interval'];
export type Timing = Plan['timing'];
export type SuspendedRule = Plan['suspended_rule'];
export type UnusedRule = Plan['unused_rule'];
export type Adoption = Answer<'/api/v1/plans/{plan_id}/adopt', 'post', 202>;
export type AdoptionIn = Sent<'/api/v1/plans/{plan_id}/adopt', 'post'>;

export type Subscription = Row<'/api/v1/subscriptions'>;
export type SubscriptionIn = Sent<'/api/v1/subscriptions', 'post'>;
export type SubscriptionStatus = Subscription['status'];
export type TermsChange = Sent<'/api/v1/subscriptions/{subscription_id}/change', 'post'>;

export type BillRun = Row<'/api/v1/bill-runs'>;
export type BillRunIn = Sent<'/api/v1/bill-runs', 'post'>;
export type BillRunState = BillRun['state'];
export type BillRunPreview = Answer<'/api/v1/bill-runs/preview', 'post'>;
export type BillRunFailure = Row<'/api/v1/bill-runs/{bill_run_id}/failures'>;

export type Payment = Row<'/api/v1/payments'>;
export type PaymentStatus = Payment['status'];
export type PaymentsSummary = Answer<'/api/v1/payments/summary'>;
export type Return = Row<'/api/v1/payments/returns'>;
export type RefundIn = Sent<'/api/v1/payments/{payment_id}/refunds', 'post'>;
export type ReverseIn = Sent<'/api/v1/payments/{payment_id}/reverse', 'post'>;
export type ReallocationIn = Sent<'/api/v1/payments/{payment_id}/reallocate', 'post'>;
export type PaymentSettings = Answer<'/api/v1/payments/settings'>;
export type PaymentSettingsIn = Sent<'/api/v1/payments/settings', 'put'>;
export type Intent = Row<'/api/v1/payment-intents'>;
export type Receivable = Row<'/api/v1/receivables'>;

export type DepositAccount = Row<'/api/v1/deposit-accounts'>;
export type DepositAccountIn = Sent<'/api/v1/deposit-accounts', 'post'>;
export type DepositKind = DepositAccount['kind'];
export type Transfer = Row<'/api/v1/deposit-accounts/transfers'>;
export type TransferIn = Sent<'/api/v1/deposit-accounts/transfers', 'post'>;
export type Entry = Row<'/api/v1/journal'>;

export type Statement = Answer<'/api/v1/customers/{customer_id}/statement'>;
export type Movement = Row<'/api/v1/customers/{customer_id}/statement/movements'>;

export type InvoiceTerms = Answer<'/api/v1/invoices/terms'>;
export type InvoiceTermsIn = Sent<'/api/v1/invoices/terms', 'put'>;
export type Brand = Answer<'/api/v1/invoices/brand'>;
export type BrandIn = Sent<'/api/v1/invoices/brand', 'put'>;
export type LateFeeRule = Row<'/api/v1/late-fee-rules'>;
export type LateFeeRuleIn = Sent<'/api/v1/late-fee-rules', 'post'>;
export type Processor = Row<'/api/v1/processors'>;
export type ProcessorIn = Sent<'/api/v1/processors', 'post'>;
export type Category = Row<'/api/v1/categories'>;
export type CategoryIn = Sent<'/api/v1/categories', 'post'>;
