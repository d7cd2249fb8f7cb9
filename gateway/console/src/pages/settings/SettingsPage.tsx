import { SimpleGrid, Stack, Tabs, Text } from '@mantine/core';

import { useMay } from '../../session/organization';
import { PageHeader } from '../../ui/Panel';
import { useFilters } from '../../ui/useFilters';
import { BrandSettings } from './BrandSettings';
import { Categories } from './Categories';
import { InvoiceTermsSettings } from './InvoiceTermsSettings';
import { LateFeeRules } from './LateFeeRules';
import { PaymentsSettings } from './PaymentsSettings';
import { Processors } from './Processors';

/** What the organization decides about its bills and its money. */
export function SettingsPage() {
  const mayAdminister = useMay('administer');
  const [{ part = 'billing' }, change] = useFilters('part');
  return (
    <>
      <PageHeader title="Settings" />
      {mayAdminister ? (
        <Tabs value={part} onChange={(value) => change({ part: value })} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="billing">Billing</Tabs.Tab>
            <Tabs.Tab value="brand">Brand</Tabs.Tab>
            <Tabs.Tab value="payments">Payments</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="billing">
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <InvoiceTermsSettings />
              <Stack>
                <LateFeeRules />
                <Categories />
              </Stack>
            </SimpleGrid>
          </Tabs.Panel>
          <Tabs.Panel value="brand">
            <BrandSettings />
          </Tabs.Panel>
          <Tabs.Panel value="payments">
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <PaymentsSettings />
              <Processors />
            </SimpleGrid>
          </Tabs.Panel>
        </Tabs>
      ) : (
        <Text c="dimmed">The organization&apos;s administrators decide these.</Text>
      )}
    </>
  );
}
