import { Tabs } from '@mantine/core';

import { PageHeader } from '../../ui/Panel';
import { useFilters } from '../../ui/useFilters';
import { WhatIfs } from '../whatif/WhatIfs';
import { Exemptions } from './Exemptions';
import { Stops } from './Stops';
import { Versions } from './Versions';

/** The policy and what surrounds it: its versions, trials, safety stops and exemptions. */
export function PolicyPage() {
  const [{ tab }, change] = useFilters('tab', 'status', 'sort', 'area', 'customer_id', 'on');
  return (
    <>
      <PageHeader title="Policy" />
      <Tabs
        keepMounted={false}
        value={tab ?? 'versions'}
        onChange={(next) =>
          change({
            tab: next === 'versions' ? null : next,
            status: null,
            sort: null,
            area: null,
            customer_id: null,
            on: null,
          })
        }
      >
        <Tabs.List mb="sm">
          <Tabs.Tab value="versions">Versions</Tabs.Tab>
          <Tabs.Tab value="what-ifs">What-ifs</Tabs.Tab>
          <Tabs.Tab value="stops">Safety stops</Tabs.Tab>
          <Tabs.Tab value="exemptions">Exemptions</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="versions">
          <Versions />
        </Tabs.Panel>
        <Tabs.Panel value="what-ifs">
          <WhatIfs />
        </Tabs.Panel>
        <Tabs.Panel value="stops">
          <Stops />
        </Tabs.Panel>
        <Tabs.Panel value="exemptions">
          <Exemptions />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
