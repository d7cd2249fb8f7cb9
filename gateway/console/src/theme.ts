import { createTheme, type MantineColorsTuple } from '@mantine/core';

const harbour: MantineColorsTuple = [
  '#eef5fa',
  '#dce8f1',
  '#b4cfe2',
  '#89b5d4',
  '#669fc8',
  '#4f91c1',
  '#3e82b4',
  '#2f6d9a',
  '#1f4f78',
  '#133c5d',
];

/** Calm and dense: small type, small radii, one accent. */
export const theme = createTheme({
  primaryColor: 'harbour',
  // Dark ground needs a lighter accent to be read.
  primaryShade: { light: 8, dark: 6 },
  colors: { harbour },
  defaultRadius: 'sm',
  fontFamily: 'Inter, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif',
  fontSizes: { xs: '0.72rem', sm: '0.82rem', md: '0.9rem', lg: '1.02rem', xl: '1.2rem' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.35rem', lineHeight: '1.3' },
      h2: { fontSize: '1.02rem', lineHeight: '1.35' },
      h3: { fontSize: '0.9rem', lineHeight: '1.35' },
    },
  },
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs', comboboxProps: { shadow: 'sm' } } },
    Textarea: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Table: {
      defaultProps: { verticalSpacing: 6, horizontalSpacing: 'sm', fz: 'sm' },
      styles: {
        th: { fontSize: 'var(--mantine-font-size-xs)', color: 'var(--mantine-color-dimmed)' },
      },
    },
    Paper: { defaultProps: { withBorder: true, p: 'md', radius: 'md' } },
    Modal: { defaultProps: { centered: false, overlayProps: { backgroundOpacity: 0.35 } } },
  },
});
