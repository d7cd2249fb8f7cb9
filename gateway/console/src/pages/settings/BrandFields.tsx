import { Button, ColorInput, FileButton, Group, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';

import type { Brand, BrandIn } from '../../api/money';
import { refused } from '../../ui/notify';
import type { SettingsFields } from './KeptSettings';
import { Logo } from './Logo';
import { SettingsForm } from './SettingsForm';

/** The logo as it is to be: kept, taken away, or another. */
type Change = { logo: string | null; name: string } | null;

export function BrandFields({ kept, busy, error, onSave }: SettingsFields<Brand, BrandIn>) {
  const [change, setChange] = useState<Change>(null);
  const form = useForm({
    initialValues: {
      legal_name: kept.legal_name ?? '',
      tax_id: kept.tax_id ?? '',
      address: kept.address ?? '',
      contact: kept.contact ?? '',
      footer: kept.footer ?? '',
      payment_instructions: kept.payment_instructions ?? '',
      colour: kept.colour,
      accent: kept.accent,
    },
  });
  const take = (file: File | null) => {
    if (file === null) return;
    inBase64(file).then((logo) => setChange({ logo, name: file.name }), refused);
  };
  const submit = ({ colour, accent, ...texts }: typeof form.values) =>
    onSave({
      colour,
      accent,
      legal_name: texts.legal_name.trim() || null,
      tax_id: texts.tax_id.trim() || null,
      address: texts.address.trim() || null,
      contact: texts.contact.trim() || null,
      footer: texts.footer.trim() || null,
      payment_instructions: texts.payment_instructions.trim() || null,
      ...(change !== null && { logo: change.logo }),
    });
  return (
    <SettingsForm title="Brand" busy={busy} error={error} onSubmit={form.onSubmit(submit)}>
      <Group>
        {change === null && kept.logo_type !== null && <Logo version={kept.version} />}
        {change !== null && <Text fz="sm">{change.logo === null ? 'No logo' : change.name}</Text>}
        <FileButton onChange={take} accept="image/png,image/svg+xml">
          {(props) => (
            <Button {...props} variant="default">
              Choose a logo
            </Button>
          )}
        </FileButton>
        {(kept.logo_type !== null || change?.logo) && (
          <Button variant="subtle" onClick={() => setChange({ logo: null, name: '' })}>
            Take the logo away
          </Button>
        )}
        <Text fz="xs" c="dimmed">
          PNG or SVG, at most 512 KiB
        </Text>
      </Group>
      <Group grow align="start">
        <TextInput label="Legal name" {...form.getInputProps('legal_name')} />
        <TextInput label="Tax id" {...form.getInputProps('tax_id')} />
        <ColorInput label="Colour" size="xs" {...form.getInputProps('colour')} />
        <ColorInput label="Accent" size="xs" {...form.getInputProps('accent')} />
      </Group>
      <Group grow align="start">
        <Textarea label="Address" rows={3} {...form.getInputProps('address')} />
        <Textarea label="Contact" rows={3} {...form.getInputProps('contact')} />
      </Group>
      <Group grow align="start">
        <Textarea label="How to pay" rows={3} {...form.getInputProps('payment_instructions')} />
        <Textarea label="Footer" rows={3} {...form.getInputProps('footer')} />
      </Group>
    </SettingsForm>
  );
}

/** A file's content as base64. */
async function inBase64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
