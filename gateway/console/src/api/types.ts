/** The API's shapes under the names the console uses; `npm run types` renews what is behind. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Customer = Schemas['CustomerOut'];
export type CustomerIn = Schemas['CustomerIn'];
export type Overview = Schemas['CustomerOverview'];
export type LineOverview = Schemas['LineOverview'];
export type Line = Schemas['LineOut'];
export type LineStatus = Schemas['LineStatus'];
export type HoldReason = Schemas['HoldReason'];
export type Invoice = Schemas['InvoiceOut'];
export type InvoiceDetail = Schemas['InvoiceDetail'];
export type CreditNoteIn = Schemas['CreditNoteIn'];
export type CreditNote = Schemas['CreditNoteOut'];
export type CreditNoteDetail = Schemas['CreditNoteDetail'];
export type CreditSettlement = Schemas['CreditSettlement'];
export type LateFeeRule = Schemas['RuleOut'];
export type Delivery = Schemas['DeliveryOut'];
export type WriteOff = Schemas['WriteOffOut'];
export type InvoiceStatus = Schemas['StatusFilter'];
export type Payment = Schemas['PaymentOut'];
export type PaymentIn = Schemas['PaymentIn'];
export type PaymentMethod = Schemas['PaymentMethod'];
export type Decision = Schemas['DecisionOut'];
export type DecisionDetail = Schemas['DecisionDetail'];
export type Outcome = Schemas['Outcome'];
export type Dashboard = Schemas['Dashboard'];
export type InvoiceSummary = Schemas['SummaryOut'];
export type Import = Schemas['ImportOut'];
export type RowError = Schemas['RowErrorOut'];
export type Organization = Schemas['OrganizationOut'];
export type OrganizationIn = Schemas['OrganizationIn'];
export type Clock = Schemas['ClockOut'];
export type Money = Schemas['MoneyOut'];
export type Tokens = Schemas['Tokens'];
export type User = Schemas['UserOut'];
export type UserIn = Schemas['UserIn'];
export type UserPatch = Schemas['UserPatch'];
export type Role = Schemas['Role'];
export type Health = Schemas['SystemHealth'];
export type DeadLetter = Schemas['DeadLetter'];

/** A page of a list; `next` is where the following one begins. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** What a page's query always takes besides its filters. */
export interface Paging {
  cursor?: string;
  limit?: number;
  sort?: string;
}

/** The services with a database, and so with an outbox and dead letters. */
export const SERVICES = ['customers', 'billing', 'payments', 'collections', 'ingestion'] as const;
export type ServiceName = (typeof SERVICES)[number];
