// What went wrong, in the API's own words.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import { Link } from '@tanstack/react-router';
import { ApiProblem } from '../api/client.ts';

export function Problem({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  const faults = error instanceof ApiProblem ? error.faults : [];
  return (
    <Alert type="error" statusIconAriaLabel="Error">
      {error instanceof Error ? error.message : String(error)}
      {faults.length > 0 && (
        <ul>
          {faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      )}
    </Alert>
  );
}

export function PageFailed({ error }: { readonly error: unknown }) {
  // A page of the version before is no longer there: what is served now has its own.
  const isOutdated = error instanceof Error && /dynamically imported module|Importing a module/.test(error.message);
  if (!isOutdated) return <Problem error={error} />;
  return (
    <Alert type="info" statusIconAriaLabel="Information">
      There is a newer version of this console. <a href={window.location.pathname}>Load it</a>
    </Alert>
  );
}

export function PageMissing() {
  return (
    <Box padding="l">
      <Box variant="h1">There is no such page</Box>
      <Link to="/">Home</Link>
    </Box>
  );
}
