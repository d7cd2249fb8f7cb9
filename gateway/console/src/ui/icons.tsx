/** The few pictures the console needs, drawn on a 24 grid: an icon package would outweigh it. */
const PATHS = {
  dashboard: 'M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z',
  customers:
    'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21v-1a7 7 0 0 1 14 0v1M17 3.5a4 4 0 0 1 0 7.5M18 14.5a7 7 0 0 1 4 5.5v1',
  invoices: 'M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6',
  payments: 'M3 6h18v12H3zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6M6.5 9.5h.01M17.5 14.5h.01',
  decisions: 'M12 3v18M5 21h14M12 6l7 2M12 6L5 8M5 8l-3 6h6zM19 8l-3 6h6z',
  imports: 'M12 15V4M8 8l4-4 4 4M4 15v5h16v-5',
  platform: 'M4 4h16v7H4zM4 13h16v7H4zM7.5 7.5h.01M7.5 16.5h.01',
  organizations: 'M4 21V5l8-2v18M12 9h8v12M2 21h20M7.5 8h1M7.5 12h1M7.5 16h1M15.5 13h1M15.5 17h1',
  desk: 'M3 8h18M5 8v12M19 8v12M14 8v8h5M8 8V4h6v4',
  policy: 'M6 3h9l4 4v14H6zM9 11h7M9 15h7M9 7h3',
  reminders: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  figures: 'M4 20h16M7 20v-7M12 20V6M17 20v-10',
  plans: 'M4 5h16v5H4zM4 14h16v5H4zM8 7.5h.01M8 16.5h.01',
  runs: 'M20 12a8 8 0 1 1-2.5-5.8M20 3v4h-4M12 8v4l3 2',
  deposits: 'M3 9l9-6 9 6zM5 9v9M9.5 9v9M14.5 9v9M19 9v9M3 21h18',
  settings:
    'M4 7h9M17 7h3M4 17h3M11 17h9M15 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4M9 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
  users:
    'M8 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2 20a6 6 0 0 1 12 0M20.5 13.5l-3.5 3.5M19 13a2.5 2.5 0 1 0 3.5-3.5A2.5 2.5 0 0 0 19 13z',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.5 15.5L21 21',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3 2',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  back: 'M15 5l-7 7 7 7',
  check: 'M5 12l5 5 9-10',
  cross: 'M6 6l12 12M18 6L6 18',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 3 : 1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
