/** Whether a key is part of what somebody types, and no shortcut; in a dialogue none is. */
export function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [role="dialog"]') !== null;
}
