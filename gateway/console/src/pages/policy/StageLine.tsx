import { Box, Text } from '@mantine/core';

import type { PolicyDocument, Stage } from '../../api/collections';
import { Panel } from '../../ui/Panel';
import { lookOf } from '../../ui/status';

interface Track {
  name: string;
  stages: Stage[];
  grace: number;
}

const WIDTH = 900;
const LEFT = 110;
const RIGHT = 60;
const ROW = 64;
const LEVELS = 2;

/** The stages of a policy along the days around the due date, a row for each segment that differs. */
export function StageLine({ title, document }: { title: string; document: PolicyDocument }) {
  const tracks = tracksOf(document);
  const days = tracks.flatMap(({ stages, grace }) => [...stages.map(({ day }) => day), grace]);
  const first = Math.min(-3, ...days);
  const last = Math.max(7, ...days);
  const at = (day: number) => {
    const share = (bent(day) - bent(first)) / (bent(last) - bent(first));
    return LEFT + share * (WIDTH - LEFT - RIGHT);
  };
  const height = tracks.length * ROW + 26;
  return (
    <Panel title={title}>
      <Box style={{ overflowX: 'auto' }}>
        <svg
          role="img"
          aria-label={tracks.map(toldOf).join('; ')}
          viewBox={`0 0 ${WIDTH} ${height}`}
          width="100%"
          style={{ minWidth: 620, display: 'block', fontFamily: 'inherit' }}
        >
          <line
            x1={at(0)}
            x2={at(0)}
            y1={4}
            y2={height - 20}
            stroke="var(--mantine-color-gray-5)"
            strokeDasharray="4 3"
          />
          <text x={at(0)} y={height - 6} textAnchor="middle" fontSize={11} fill="currentColor">
            due date
          </text>
          {tracks.map((track, row) => (
            <Row key={track.name} track={track} y={row * ROW + 40} at={at} />
          ))}
        </svg>
      </Box>
      {!document.active && (
        <Text fz="sm" c="red.8">
          Not active: it suspends nobody, and whoever was suspended is switched back on.
        </Text>
      )}
    </Panel>
  );
}

function Row({ track, y, at }: { track: Track; y: number; at: (day: number) => number }) {
  const sorted = track.stages.toSorted((a, b) => a.day - b.day);
  return (
    <>
      <text x={0} y={y + 4} fontSize={12} fontWeight={600} fill="currentColor">
        {track.name}
      </text>
      <line x1={LEFT - 8} x2={WIDTH - 8} y1={y} y2={y} stroke="var(--mantine-color-gray-4)" />
      {track.grace > 0 && (
        <rect
          x={at(0)}
          y={y - 4}
          width={at(track.grace) - at(0)}
          height={8}
          fill="var(--mantine-color-teal-2)"
        >
          <title>{`${track.grace} days of grace`}</title>
        </rect>
      )}
      {sorted.map((stage, place) => {
        const above = place % LEVELS === 0;
        const { color, label } = lookOf(stage.kind);
        return (
          <g key={stage.code}>
            <title>{`${stage.code}: ${label}, ${dayOf(stage.day)}${stage.when ? ', on a condition' : ''}`}</title>
            <circle
              cx={at(stage.day)}
              cy={y}
              r={6}
              fill={stage.when ? 'white' : `var(--mantine-color-${color}-6)`}
              stroke={`var(--mantine-color-${color}-6)`}
              strokeWidth={2}
            />
            <text
              x={at(stage.day)}
              y={above ? y - 12 : y + 20}
              textAnchor="middle"
              fontSize={11}
              fill="currentColor"
            >
              {signed(stage.day)} {label}
            </text>
          </g>
        );
      })}
    </>
  );
}

/** Days close to the due date get more room than those far away. */
function bent(day: number): number {
  return Math.sign(day) * Math.abs(day) ** 0.6;
}

function tracksOf({ stages, grace_days, segments }: PolicyDocument): Track[] {
  const differing = segments.filter(
    ({ overrides }) => overrides.stages != null || overrides.grace_days != null,
  );
  return [
    { name: segments.length > 0 ? 'everybody else' : 'everybody', stages, grace: grace_days },
    ...differing.map(({ name, overrides }) => ({
      name,
      stages: overrides.stages ?? stages,
      grace: overrides.grace_days ?? grace_days,
    })),
  ];
}

function toldOf({ name, stages }: Track): string {
  const steps = stages.map(({ day, kind }) => `${lookOf(kind).label} ${dayOf(day)}`);
  return `${name}: ${steps.join(', ')}`;
}

function dayOf(day: number): string {
  if (day === 0) return 'on the due date';
  return `${Math.abs(day)} days ${day < 0 ? 'before' : 'after'}`;
}

function signed(day: number): string {
  return day > 0 ? `+${day}` : String(day);
}
