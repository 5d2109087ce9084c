// What is shown while nobody is signed in.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';

const toStart = () => window.location.assign('/');

export function SignedOut() {
  return (
    <main className="start">
      <SpaceBetween size="m">
        <Box variant="h1">Signed out</Box>
        <Box variant="p">Nothing is kept in this browser.</Box>
        <Button variant="primary" onClick={toStart}>
          Sign in
        </Button>
      </SpaceBetween>
    </main>
  );
}

export function StartFailed({ error }: { readonly error: unknown }) {
  return (
    <main className="start">
      <SpaceBetween size="m">
        <Box variant="h1">Tenure</Box>
        <Alert type="error" header="Signing in failed" statusIconAriaLabel="Error">
          {error instanceof Error ? error.message : String(error)}
        </Alert>
        <Button variant="primary" onClick={toStart}>
          Try again
        </Button>
      </SpaceBetween>
    </main>
  );
}
