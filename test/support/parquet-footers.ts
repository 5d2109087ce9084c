// Parquet files of which the footer, or an index, says something else than it did: the rows are those that were written.
import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';

const TRAILER = 8;

function openOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

export function footerOf(bytes: Uint8Array): FileMetaData {
  return parquetMetadata(openOf(bytes), { geoparquet: false });
}

/** @param change may write behind what is there, as another index would lie */
export function withFooter(
  bytes: Uint8Array,
  change: (metadata: FileMetaData, writer: ByteWriter) => void,
): Uint8Array<ArrayBuffer> {
  const metadata = footerOf(bytes);
  const writer = new ByteWriter();
  writer.appendBytes(bytes.subarray(0, bytes.length - TRAILER - metadata.metadata_length));
  change(metadata, writer);
  writeMetadata(writer, metadata);
  writer.appendUint32(0x31524150);
  return new Uint8Array(writer.getBuffer());
}
