// A page that has nothing to show yet, or nothing at all.
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Problem } from './problem.tsx';

export function PageState({ error }: { readonly error: unknown }) {
  if (error === null) return <Box variant="h1">Asking the API…</Box>;
  return (
    <SpaceBetween size="m">
      <Box variant="h1">It cannot be shown</Box>
      <Problem error={error} />
    </SpaceBetween>
  );
}
