// A command for the reader's own machine, to copy.
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

export function CommandLine({ command, name }: { readonly command: string; readonly name: string }) {
  return (
    <div className="command">
      <code className="mono">{command}</code>
      <CopyToClipboard
        variant="icon"
        textToCopy={command}
        copyButtonAriaLabel={`Copy the command: ${name}`}
        copySuccessText="Copied"
        copyErrorText="It could not be copied"
      />
    </div>
  );
}

/** As a shell reads it: what somebody typed is one word, whatever is in it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
