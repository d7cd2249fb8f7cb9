import { Button, ColorInput, ColorSwatch, Checkbox, Group, Switch, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api, asSeen, taken } from '../../api/client';
import type { Category, CategoryIn } from '../../api/money';
import type { Page } from '../../api/types';
import { Empty } from '../../ui/Empty';
import { FormModal } from '../../ui/FormModal';
import { ListView } from '../../ui/ListView';
import { refused } from '../../ui/notify';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import { useDoing } from '../../ui/useDoing';
import { useFilters } from '../../ui/useFilters';
import { useList } from '../../ui/useList';

/** What charged items are sorted by. */
export function Categories() {
  const client = useQueryClient();
  const [adding, { open, close }] = useDisclosure();
  const [{ categories_sort: sort }, change] = useFilters('categories_sort');
  const list = useList<Category>(['categories', sort], (paging) =>
    taken<Page<Category>>(
      api.GET('/api/v1/categories', { params: { query: { ...paging, sort } } }),
    ),
  );
  const changed = () => void client.invalidateQueries({ queryKey: ['categories'] });
  const toggling = useMutation({
    mutationFn: (category: Category) =>
      taken(
        api.PATCH('/api/v1/categories/{category_id}', {
          params: { path: { category_id: category.id }, header: asSeen(category) },
          body: { active: !category.active },
        }),
      ),
    onError: refused,
    onSettled: changed,
  });
  return (
    <Panel
      title="Categories"
      aside={
        <Button variant="default" size="compact-xs" onClick={open}>
          New category
        </Button>
      }
    >
      <ListView
        label="Categories"
        minWidth={220}
        list={list}
        rowKey={(category) => category.id}
        sort={sort ?? 'name'}
        onSort={(by) => change({ categories_sort: by })}
        empty={<Empty title="No categories yet">Items of invoices can be sorted by them.</Empty>}
        columns={[
          {
            title: 'Name',
            sort: 'name',
            cell: (category) => (
              <Group gap={6}>
                {category.colour !== null && <ColorSwatch size={12} color={category.colour} />}
                {category.name}
                {category.is_default && <StatusBadge status="by default" />}
              </Group>
            ),
          },
          {
            title: 'Active',
            right: true,
            cell: (category) => (
              <Switch
                size="xs"
                display="inline-block"
                aria-label={`${category.name} is active`}
                checked={category.active}
                onChange={() => toggling.mutate(category)}
              />
            ),
          },
        ]}
      />
      {adding && <NewCategory onClose={close} onDone={changed} />}
    </Panel>
  );
}

function NewCategory({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const form = useForm({
    initialValues: { name: '', colour: '', is_default: false },
    validate: { name: (value) => (value.trim() ? null : 'What is it called?') },
  });
  const doing = useDoing({
    said: 'The category is there.',
    onClose,
    onDone,
    send: (body: CategoryIn, key) =>
      taken(
        api.POST('/api/v1/categories', { params: { header: { 'Idempotency-Key': key } }, body }),
      ),
  });
  return (
    <FormModal
      title="New category"
      submit="Create the category"
      busy={doing.isPending}
      error={doing.error}
      onClose={onClose}
      onSubmit={form.onSubmit(({ name, colour, is_default }) =>
        doing.mutate({
          name: name.trim(),
          colour: colour.trim().toLowerCase() || null,
          is_default,
        }),
      )}
    >
      <TextInput label="Name" data-autofocus {...form.getInputProps('name')} />
      <ColorInput label="Colour" size="xs" {...form.getInputProps('colour')} />
      <Checkbox
        size="xs"
        label="Items without a category get this one"
        {...form.getInputProps('is_default', { type: 'checkbox' })}
      />
    </FormModal>
  );
}
