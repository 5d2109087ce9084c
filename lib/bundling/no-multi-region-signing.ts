// Bundled in place of @aws-sdk/signature-v4-multi-region: S3 and EventBridge are called in one region, and their requests
// are signed for it (SigV4). Access points of several regions (SigV4A) and S3's directory buckets are left out.
import { SignatureV4 } from '@smithy/signature-v4';

export class SignatureV4MultiRegion extends SignatureV4 {
  static sigv4aDependency(): 'none' {
    return 'none';
  }
}

export { SignatureV4 as SignatureV4SignWithCredentials };
