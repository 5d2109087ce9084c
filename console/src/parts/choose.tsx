// One of a few: which status, which system.
import Select from '@cloudscape-design/components/select';

export interface ChooseProps<Value extends string> {
  /** For who does not see what it stands beside; a form's field says it itself. */
  readonly label?: string;
  /** With their words, where a value does not say it. */
  readonly among: readonly (Value | { readonly value: Value; readonly label: string; readonly description?: string })[];
  readonly chosen: Value;
  readonly choose: (value: Value) => void;
}

export function Choose<Value extends string>({ label, among, chosen, choose }: ChooseProps<Value>) {
  const options = among.map((one) => (typeof one === 'string' ? { value: one, label: one } : one));
  return (
    <Select
      ariaLabel={label}
      selectedOption={options.find(({ value }) => value === chosen) ?? null}
      options={options}
      onChange={({ detail }) => {
        const option = options.find(({ value }) => value === detail.selectedOption.value);
        if (option !== undefined) choose(option.value);
      }}
    />
  );
}
