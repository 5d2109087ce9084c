// Which program it was, without its version: an update is nothing new, and another program is.

const TOOLS: readonly (readonly [RegExp, string])[] = [
  [/^aws-cli/i, 'aws-cli'],
  [/^boto3|^botocore/i, 'boto3'],
  [/^aws-sdk-(\w+)/i, 'aws-sdk'],
  [/terraform/i, 'terraform'],
  [/^console\.amazonaws\.com|^signin\.amazonaws\.com/i, 'aws-console'],
];
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'edge'],
  [/\bOPR\/|\bOpera\//, 'opera'],
  [/\bFirefox\/|\bFxiOS\//, 'firefox'],
  [/\bHeadlessChrome\//, 'headless-chrome'],
  [/\bChrome\/|\bCriOS\//, 'chrome'],
  [/\bSafari\//, 'safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, 'android'],
  [/\biPhone\b|\biPad\b/, 'ios'],
  [/\bWindows\b/, 'windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macos'],
  [/\bCrOS\b/, 'chromeos'],
  [/\bLinux\b|\bX11\b/, 'linux'],
];
const FAMILY = /^[A-Za-z][\w.+@-]{0,39}/;

/** Lower case, at most 60 characters: `chrome/windows`, `aws-cli`, `okhttp`. */
export function clientFamily(userAgent: string): string {
  const tool = TOOLS.find(([pattern]) => pattern.test(userAgent));
  if (tool !== undefined) return tool[1];
  if (userAgent.startsWith('Mozilla/') || userAgent.startsWith('Opera/')) {
    const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'browser';
    return `${browser}/${SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'other'}`;
  }
  return FAMILY.exec(userAgent)?.[0].toLowerCase() ?? 'other';
}
