import { Alert, Button, Group, List, Skeleton, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearchParams } from 'react-router';

import { api, newKey, taken } from '../../api/client';
import type { PolicyDetail, PolicyDocument } from '../../api/collections';
import { asProblem } from '../../api/problem';
import { BackTo } from '../../ui/BackTo';
import { amountGiven } from '../../ui/given';
import { told } from '../../ui/notify';
import { PageHeader } from '../../ui/Panel';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { BEGINNING, documentOf, fieldOf, jsonGiven, valuesOf, type PolicyValues } from './form';
import { JsonFields } from './JsonFields';
import { StageLine } from './StageLine';
import { StagesField } from './StagesField';
import { TermsFields } from './TermsFields';
import { usePolicy } from './usePolicy';

/** Writes a draft: a new one, one from another policy, or one that is there. */
export function PolicyEditor() {
  const { policyId } = useParams();
  const [params] = useSearchParams();
  const source = policyId ?? params.get('from');
  const { data, error } = usePolicy(source);
  if (error !== null && data === undefined) return <ProblemAlert error={error} />;
  if (source !== null && data === undefined) return <Skeleton height={320} />;
  return (
    <Editor
      key={source}
      editing={policyId === undefined || data === undefined ? null : data}
      name={policyId === undefined ? '' : (data?.policy.name ?? '')}
      document={data?.policy.document ?? BEGINNING}
    />
  );
}

interface Props {
  /** Null for a new draft. */
  editing: { policy: PolicyDetail; etag: string } | null;
  name: string;
  document: PolicyDocument;
}

function Editor({ editing, name, document }: Props) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const form = useForm<PolicyValues>({
    initialValues: valuesOf(name, document),
    validate: {
      name: (given) => (given.trim() ? null : 'A name'),
      minimum: (amount) => (amount.trim() ? amountGiven(amount) : null),
      threshold: (amount) => (amount.trim() ? amountGiven(amount) : null),
      segments: jsonGiven,
      rest: jsonGiven,
      stages: { when: jsonGiven, code: (code) => (code.trim() ? null : 'A code') },
    },
  });
  const saving = useMutation({
    mutationFn: (values: PolicyValues) => {
      const body = { name: values.name.trim(), document: documentOf(values, document) };
      return taken<PolicyDetail>(
        editing === null
          ? api.POST('/api/v1/collections/policies', {
              params: { header: { 'Idempotency-Key': newKey() } },
              body,
            })
          : api.PUT('/api/v1/collections/policies/{policy_id}', {
              params: {
                path: { policy_id: editing.policy.id },
                header: { 'If-Match': editing.etag },
              },
              body,
            }),
      );
    },
    onSuccess: ({ id }) => {
      told('The draft is kept.');
      void client.invalidateQueries({ queryKey: ['policy'] });
      void client.invalidateQueries({ queryKey: ['policies'] });
      void navigate(`/policy/${id}`);
    },
    onError: (failure) => {
      for (const [place, message] of asProblem(failure).places()) {
        form.setFieldError(fieldOf(place), message);
      }
    },
  });
  const drawn = drawable(form.values, document);
  const places = saving.error === null ? [] : asProblem(saving.error).places();
  return (
    <form onSubmit={form.onSubmit((values) => saving.mutate(values))} noValidate>
      <PageHeader
        title={
          <Group gap="xs">
            <BackTo
              to={editing === null ? '/policy' : `/policy/${editing.policy.id}`}
              label="Back"
            />
            {editing === null ? 'New draft' : 'Edit the draft'}
          </Group>
        }
      >
        <Button type="submit" loading={saving.isPending}>
          Keep the draft
        </Button>
      </PageHeader>
      <Stack>
        {places.length > 0 ? (
          <Alert color="red" variant="light" role="alert" title="Something makes no sense">
            <List fz="sm">
              {places.map(([place, message]) => (
                <List.Item key={place + message}>
                  <code>{place}</code>: {message}
                </List.Item>
              ))}
            </List>
          </Alert>
        ) : (
          <ProblemAlert error={saving.error} />
        )}
        {drawn !== null && <StageLine title="As it would be" document={drawn} />}
        <TermsFields form={form} />
        <StagesField form={form} />
        <JsonFields form={form} />
      </Stack>
    </form>
  );
}

/** The document as far as it is written; null while some JSON of it is not finished. */
function drawable(values: PolicyValues, before: PolicyDocument): PolicyDocument | null {
  try {
    const document = documentOf(values, before);
    return Array.isArray(document.segments) ? document : null;
  } catch {
    return null;
  }
}
