import { Group, Paper, Title } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';

interface Props {
  title: string;
  /** Beside the title, at the right. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A titled part of a page. */
export function Panel({ title, aside, children }: Props) {
  return (
    <Paper component="section" aria-label={title}>
      <Group justify="space-between" mb="xs" wrap="nowrap">
        <Title order={2}>{title}</Title>
        {aside}
      </Group>
      {children}
    </Paper>
  );
}

interface HeaderProps {
  title: ReactNode;
  children?: ReactNode;
}

/** A page's title, which the browser's tab shows too, and what can be done on the page. */
export function PageHeader({ title, children }: HeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const said = heading.current?.innerText.replace(/\s+/g, ' ').trim();
    document.title = said ? `${said} · Duesline` : 'Duesline';
  });
  return (
    <Group justify="space-between" mb="md" align="center">
      <Title order={1} ref={heading}>
        {title}
      </Title>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}
