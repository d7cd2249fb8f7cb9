import { SimpleGrid, Stack } from '@mantine/core';

import { Amount } from '../../ui/Amount';
import { NOTHING, percent, useFormat } from '../../ui/format';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Figure } from '../dashboard/Figure';
import { useNumbers, type Period } from './useFigures';

/** The figures that are one number each. */
export function Numbers({ period }: { period: Period }) {
  const format = useFormat();
  const { recovery, promises, dso, cei, cure, precision } = useNumbers(period);
  const { data } = recovery;
  const number = (value: string | null | undefined, unit: string) =>
    value == null ? NOTHING : `${format.number(Math.round(Number(value) * 10) / 10)} ${unit}`;
  return (
    <Stack gap="sm">
      <ProblemAlert error={recovery.error} onRetry={() => void recovery.refetch()} />
      <SimpleGrid cols={{ base: 2, md: 3, lg: 6 }} spacing="sm">
        <Figure
          label="Outstanding"
          value={data && <Amount of={data.outstanding} strong />}
          note={data && `${format.number(data.accounts)} customers`}
        />
        <Figure
          label="Overdue"
          value={data && <Amount of={data.overdue} strong />}
          note={data && `${format.number(data.overdue_accounts)} customers`}
          alarming={(data?.overdue_accounts ?? 0) > 0}
        />
        <Figure
          label="Received"
          value={data && <Amount of={data.received} strong />}
          note={data && `${format.number(data.invoices_settled)} invoices settled`}
        />
        <Figure
          label="Collected of overdue"
          value={data && <Amount of={data.collected} strong />}
          note={data && `${percent(data.recovery_rate)} recovered`}
        />
        <Figure
          label="Days to settle"
          value={data && number(data.days_to_settle, 'days')}
          note="From issue, on average"
        />
        <Figure
          label="Days sales outstanding"
          value={dso.data && number(dso.data.dso, 'days')}
          note={dso.data && `${format.money(dso.data.billed)} billed`}
        />
        <Figure
          label="Promises kept"
          value={promises.data && percent(promises.data.kept_rate)}
          note={
            promises.data &&
            `${promises.data.kept} kept, ${promises.data.broken} broken, ${promises.data.open} open`
          }
        />
        <Figure
          label="Promised"
          value={promises.data && <Amount of={promises.data.promised_amount} strong />}
          note={promises.data && `${format.number(promises.data.promised)} promises`}
        />
        <Figure
          label="Effectiveness (CEI)"
          value={cei.data && percent(cei.data.cei)}
          note="Of all that could be collected"
        />
        <Figure
          label="Cases cured"
          value={cure.data && percent(cure.data.cure_rate)}
          note={cure.data && `${cure.data.cured} of ${cure.data.opened} opened`}
        />
        <Figure
          label="Days to cure"
          value={cure.data && number(cure.data.days_to_cure, 'days')}
          note={cure.data && `${percent(cure.data.cure_rate_30_days)} within 30`}
        />
        <Figure
          label="Suspensions that were right"
          value={precision.data && percent(precision.data.precision)}
          note={
            precision.data &&
            `${precision.data.paid_before + precision.data.taken_back} of ${precision.data.suspensions} were not`
          }
        />
      </SimpleGrid>
    </Stack>
  );
}
