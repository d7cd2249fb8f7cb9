import { api, taken } from '../../api/client';
import type { BillRunFailure } from '../../api/money';
import type { Page } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { useFormat } from '../../ui/format';
import { ListView } from '../../ui/ListView';
import { Panel } from '../../ui/Panel';
import { words } from '../../ui/status';
import { useList } from '../../ui/useList';

/** The subscriptions a run could not bill, and why. */
export function Failures({ billRunId, failed }: { billRunId: string; failed: number }) {
  const format = useFormat();
  const list = useList<BillRunFailure>(['bill-run', billRunId, 'failures', failed], (paging) =>
    taken<Page<BillRunFailure>>(
      api.GET('/api/v1/bill-runs/{bill_run_id}/failures', {
        params: { path: { bill_run_id: billRunId }, query: { ...paging } },
      }),
    ),
  );
  return (
    <Panel title="Could not be billed">
      <ListView
        label="Could not be billed"
        list={list}
        rowKey={(failure) => `${failure.subscription_id}${failure.period_start}`}
        empty={<Empty title="Everything could be billed" />}
        columns={[
          { title: 'Period from', cell: (failure) => format.date(failure.period_start) },
          { title: 'Why', cell: (failure) => words(failure.code) },
          { title: 'In words', cell: (failure) => failure.message },
          { title: 'Subscription', cell: (failure) => <code>{failure.subscription_id}</code> },
        ]}
      />
    </Panel>
  );
}
