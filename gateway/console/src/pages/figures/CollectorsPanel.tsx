import { Anchor } from '@mantine/core';
import { Link } from 'react-router';

import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Empty';
import { percent } from '../../ui/format';
import { Panel } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { useCollectorFigures, type Period } from './useFigures';

/** What each collector brought in, and what of it is theirs. */
export function CollectorsPanel({ period }: { period: Period }) {
  const { data, error } = useCollectorFigures(period);
  return (
    <Panel title="Collectors">
      <ProblemAlert error={error} />
      {error === null && (
        <DataTable
          label="Collectors"
          rows={data?.collectors}
          rowKey={({ collector_id }) => collector_id}
          empty={<Empty title="No collectors yet" />}
          columns={[
            {
              title: 'Name',
              cell: ({ collector_id, name }) => (
                <Anchor component={Link} to={`/desk?collector=${collector_id}`} fz="inherit">
                  {name}
                </Anchor>
              ),
            },
            { title: 'Open cases', right: true, cell: ({ cases_open }) => cases_open },
            { title: 'Debt', right: true, cell: ({ debt }) => <Amount of={debt} quietZero /> },
            { title: 'Cured', right: true, cell: ({ cases_cured }) => cases_cured },
            { title: 'Payments', right: true, cell: ({ payments }) => payments },
            {
              title: 'Collected',
              right: true,
              cell: ({ collected }) => <Amount of={collected} strong quietZero />,
            },
            {
              title: 'Recovered',
              right: true,
              cell: ({ recovery_rate }) => percent(recovery_rate),
            },
            { title: 'Rate', right: true, cell: ({ commission_rate }) => percent(commission_rate) },
            {
              title: 'Commission',
              right: true,
              cell: ({ commission }) => <Amount of={commission} strong quietZero />,
            },
          ]}
        />
      )}
    </Panel>
  );
}
