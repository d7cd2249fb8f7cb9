/** The shapes of collections under the names the console uses. */
import type { Answer, Row, Sent } from './shapes';

export type Case = Row<'/api/v1/collections/cases'>;
export type CaseIn = Sent<'/api/v1/collections/cases', 'post'>;
export type CaseDetail = Answer<'/api/v1/collections/cases/{case_id}'>;
export type CaseStatus = Case['status'];
export type Activity = Row<'/api/v1/collections/cases/{case_id}/timeline'>;
export type ActivityKind = Activity['kind'];
export type Contactability = Answer<'/api/v1/collections/cases/{case_id}/contactability'>;
export type QueueItem = Row<'/api/v1/collections/queue'>;
export type Queue = Row<'/api/v1/collections/queues'>;
export type QueueIn = Sent<'/api/v1/collections/queues', 'post'>;
export type QueueFilter = NonNullable<QueueIn['filter']>;
export type QueueWeights = NonNullable<QueueIn['weights']>;
export type NextItem = Answer<'/api/v1/collections/queue/next', 'post'>;

export type MoveIn = Sent<'/api/v1/collections/cases/{case_id}/moves', 'post'>;
export type CallIn = Sent<'/api/v1/collections/cases/{case_id}/calls', 'post'>;
export type CallOutcome = CallIn['outcome'];
export type ContactChannel = NonNullable<CallIn['channel']>;
export type PromiseIn = Sent<'/api/v1/collections/cases/{case_id}/promises', 'post'>;
export type PlanIn = Sent<'/api/v1/collections/cases/{case_id}/plans', 'post'>;
export type OfferIn = Sent<'/api/v1/collections/cases/{case_id}/offers', 'post'>;
export type DisputeIn = Sent<'/api/v1/collections/cases/{case_id}/disputes', 'post'>;
export type BulkAssignmentIn = Sent<'/api/v1/collections/cases/assign', 'post'>;
export type BulkAssignment = Answer<'/api/v1/collections/cases/assign', 'post'>;

export type PromiseToPay = Row<'/api/v1/collections/promises'>;
export type PaymentPlan = Row<'/api/v1/collections/plans'>;
export type Offer = Row<'/api/v1/collections/offers'>;
export type Dispute = Row<'/api/v1/collections/disputes'>;
export type Pause = Row<'/api/v1/collections/pauses'>;
export type PauseIn = Sent<'/api/v1/collections/pauses', 'post'>;

export type Collector = Row<'/api/v1/collections/collectors'>;
export type CollectorIn = Sent<'/api/v1/collections/collectors', 'post'>;
export type CollectorChange = Sent<'/api/v1/collections/collectors/{collector_id}', 'patch'>;

export type PolicySummary = Row<'/api/v1/collections/policies'>;
export type PolicyDetail = Answer<'/api/v1/collections/policies/{policy_id}'>;
export type PolicyStatus = PolicySummary['status'];
export type PolicyDraft = Sent<'/api/v1/collections/policies', 'post'>;
export type PolicyDocument = PolicyDraft['document'];
export type Stage = PolicyDocument['stages'][number];
export type StageKind = Stage['kind'];
export type PolicyDifferences =
  Answer<'/api/v1/collections/policies/{policy_id}/differences/{other_id}'>;

export type WhatIf = Row<'/api/v1/collections/what-ifs'>;
export type WhatIfIn = Sent<'/api/v1/collections/what-ifs', 'post'>;
export type WhatIfDifference = Row<'/api/v1/collections/what-ifs/{what_if_id}/differences'>;
export type Stop = Row<'/api/v1/collections/stops'>;
export type Exemption = Row<'/api/v1/collections/exemptions'>;
export type ExemptionIn = Sent<'/api/v1/collections/exemptions', 'post'>;

export type Run = Row<'/api/v1/collections/runs'>;
export type RunDetail = Answer<'/api/v1/collections/runs/{run_id}'>;
export type Why = Answer<'/api/v1/lines/{line_id}/why'>;
export type CustomerWhy = Answer<'/api/v1/customers/{customer_id}/why'>;

export type Reminder = Row<'/api/v1/collections/reminders'>;
export type ReminderDetail = Answer<'/api/v1/collections/reminders/{reminder_id}'>;
export type ReminderKind = Reminder['kind'];
export type DeliveryStatus = ReminderDetail['deliveries'][number]['status'];

export type Recovery = Answer<'/api/v1/collections/analytics/dashboard'>;
export type Ageing = Answer<'/api/v1/collections/analytics/ageing'>;
export type Trends = Answer<'/api/v1/collections/analytics/trends'>;
export type CollectorFigures = Answer<'/api/v1/collections/analytics/collectors'>;
export type RollRates = Answer<'/api/v1/collections/analytics/roll-rates'>;
export type PromiseFigures = Answer<'/api/v1/collections/analytics/promises'>;
export type Dso = Answer<'/api/v1/collections/analytics/dso'>;
export type Cei = Answer<'/api/v1/collections/analytics/cei'>;
export type Cure = Answer<'/api/v1/collections/analytics/cure'>;
export type Precision = Answer<'/api/v1/collections/analytics/precision'>;
export type Latency = Answer<'/api/v1/collections/analytics/latency'>;
export type Export = Row<'/api/v1/collections/exports'>;
export type ExportIn = Sent<'/api/v1/collections/exports', 'post'>;
export type ExportKind = Export['kind'];
