// The bucket of the list by which people are searched for: one object, which the next list replaces.
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { type PeopleList, readPeopleList, writePeopleList } from '../core/search/people-list.ts';
import { fromEnvironment } from './environment.ts';

export interface KeptPeopleList {
  readonly list: PeopleList;
  /** Stands for the content: whoever has it need not read it again. */
  readonly tag: string;
}

export interface ListNote {
  readonly madeMs: number;
  readonly people: number;
}

export interface PeopleLists {
  save(list: PeopleList): Promise<void>;
  /** When the last was made, and how long it is. Undefined: there is none. */
  note(): Promise<ListNote | undefined>;
  /** `unchanged`: it is still the one of this tag. Undefined: there is none. */
  read(knownTag: string | undefined): Promise<KeptPeopleList | 'unchanged' | undefined>;
}

const KEY = 'people.jsonl.br';
const REQUEST_TIMEOUT_MS = 15_000;
/** 500,000 people of 100 characters come to 50 MB, and to a third when compressed. */
const MAXIMUM_BYTES = 64_000_000;
const MAXIMUM_UNPACKED_BYTES = 256_000_000;
const QUALITY = 4;
const NOT_FOUND = 404;
const NOT_MODIFIED = 304;
const MADE = 'made-ms';
const PEOPLE = 'people';

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

export function s3PeopleLists(): PeopleLists {
  const client = new S3Client({ maxAttempts: 4, requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS } });
  const place = () => ({ Bucket: fromEnvironment('searchBucket'), Key: KEY });
  return {
    async save(list) {
      const text = Buffer.from(writePeopleList(list), 'utf8');
      const Body = await compress(text, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } });
      const Metadata = { [MADE]: String(list.madeMs), [PEOPLE]: String(list.people.length) };
      await client.send(new PutObjectCommand({ ...place(), Body, Metadata, ContentType: 'application/octet-stream' }));
    },

    async note() {
      try {
        const { Metadata = {} } = await client.send(new HeadObjectCommand(place()));
        const [madeMs, people] = [Number(Metadata[MADE]), Number(Metadata[PEOPLE])];
        return Number.isSafeInteger(madeMs) && Number.isSafeInteger(people) ? { madeMs, people } : undefined;
      } catch (error) {
        if (statusOf(error) === NOT_FOUND) return undefined;
        throw error;
      }
    },

    async read(knownTag) {
      try {
        const {
          Body,
          ETag,
          ContentLength = 0,
        } = await client.send(new GetObjectCommand({ ...place(), ...(knownTag && { IfNoneMatch: knownTag }) }));
        if (ContentLength > MAXIMUM_BYTES)
          throw new Error(`${KEY} has ${ContentLength} bytes of at most ${MAXIMUM_BYTES}`);
        if (Body === undefined || ETag === undefined) throw new Error(`${KEY} was answered without its content`);
        if (ETag === knownTag) return 'unchanged';
        const bytes = await decompress(await Body.transformToByteArray(), { maxOutputLength: MAXIMUM_UNPACKED_BYTES });
        return { list: readPeopleList(bytes.toString('utf8')), tag: ETag };
      } catch (error) {
        const status = statusOf(error);
        if (status === NOT_FOUND) return undefined;
        if (status === NOT_MODIFIED) return 'unchanged';
        throw error;
      }
    },
  };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
