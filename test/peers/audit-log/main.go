// Whether a copy of Tenure's log is what was sealed, over golang.org/x/mod/sumdb alone: nothing of Tenure's is in here.
// It stops at the first fault and names its place. Usage: audit-log DIR VERIFIER_KEY[,VERIFIER_KEY] [KEPT_CHECKPOINT]
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	dir := os.Args[1]
	keys, announced := readKeys(dir, strings.Split(os.Args[2], ","))
	latest := readCheckpoint(filepath.Join(dir, "checkpoint"), "checkpoint", keys)
	hashes := tlog.TileHashReader(latest, tiles{dir})
	if latest.N > 0 {
		root, err := tlog.TreeHash(latest.N, hashes)
		check(fmt.Sprintf("size %d: the tiles do not lead to its root", latest.N), err)
		require(root == latest.Hash, "size %d: the tiles do not lead to its root", latest.N)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*"))
	check("checkpoints", err)
	sort.Strings(paths)
	for _, path := range paths {
		place := "checkpoints/" + filepath.Base(path)
		earlier := readCheckpoint(path, place, keys)
		require(earlier.N <= latest.N, "checkpoint: %d entries, older than %s", latest.N, place)
		requireConsistent(place, earlier, latest, hashes)
	}
	for place, tree := range announced {
		requireConsistent(place, tree, latest, hashes)
	}
	if len(os.Args) > 3 {
		requireConsistent("kept", readCheckpoint(os.Args[3], "kept", keys), latest, hashes)
	}
	for block := int64(0); block*256 < latest.N; block++ {
		requireBlock(dir, block, min(256, latest.N-block*256), hashes)
	}
	fmt.Printf("verified %d entries of %s\n", latest.N, keys.verifiers[0].Name())
}

// logKeys are the keys of the log, and of each but the last the size up to which it signs.
type logKeys struct {
	verifiers []note.Verifier
	ends      []int64
}

// readKeys follows the announcements in keys/: signed checkpoints with the number of a key, and the keys before and after.
func readKeys(dir string, given []string) (keys logKeys, announced map[string]tlog.Tree) {
	announced = map[string]tlog.Tree{}
	chain := []string{}
	for number := 2; ; number++ {
		place := fmt.Sprintf("keys/%04d", number)
		message, err := os.ReadFile(filepath.Join(dir, place))
		if os.IsNotExist(err) {
			_, err := os.Stat(filepath.Join(dir, fmt.Sprintf("keys/%04d", number+1)))
			require(os.IsNotExist(err), "%s: missing", place)
			break
		}
		check(place, err)
		lines := strings.Split(string(message), "\n")
		require(len(lines) > 6 && lines[3] == fmt.Sprintf("key %d", number), "%s: not key %d", place, number)
		previous, next := strings.TrimPrefix(lines[4], "previous "), strings.TrimPrefix(lines[5], "next ")
		verifiers := []note.Verifier{newVerifier(place, previous), newVerifier(place, next)}
		opened, err := note.Open(message, note.VerifierList(verifiers...))
		check(place, err)
		require(len(opened.Sigs) == 2, "%s: not signed by both keys", place)
		tree := parseTree(place, opened.Text[:strings.Index(opened.Text, "key ")], verifiers[0].Name())
		if number == 2 {
			chain = append(chain, previous)
			keys.verifiers = verifiers[:1]
		}
		follows := previous == chain[number-2] && (number == 2 || tree.N >= keys.ends[number-3])
		require(follows, "%s: does not follow key %d", place, number-1)
		chain, announced[place] = append(chain, next), tree
		keys = logKeys{append(keys.verifiers, verifiers[1]), append(keys.ends, tree.N)}
	}
	if len(chain) == 0 {
		chain = given[:1]
		keys.verifiers = []note.Verifier{newVerifier("key", chain[0])}
	}
	for _, vkey := range given {
		require(strings.Contains(strings.Join(chain, ","), vkey), "key: not one of those announced")
	}
	return keys, announced
}

func newVerifier(place, vkey string) note.Verifier {
	verifier, err := note.NewVerifier(vkey)
	check(place, err)
	return verifier
}

func readCheckpoint(path, place string, keys logKeys) tlog.Tree {
	message, err := os.ReadFile(path)
	check(place, err)
	opened, err := note.Open(message, note.VerifierList(keys.verifiers...))
	check(place, err)
	tree := parseTree(place, opened.Text, keys.verifiers[0].Name())
	number := sort.Search(len(keys.ends), func(i int) bool { return tree.N <= keys.ends[i] })
	signed := false
	for _, signature := range opened.Sigs {
		signed = signed || signature.Hash == keys.verifiers[number].KeyHash()
	}
	require(signed, "%s: not signed by key %d", place, number+1)
	return tree
}

func parseTree(place, text, origin string) tlog.Tree {
	lines := strings.Split(text, "\n")
	require(len(lines) == 4, "%s: not three lines", place)
	require(lines[0] == origin, "%s: origin %s", place, lines[0])
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(place, err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(place, err)
	require(len(root) == tlog.HashSize, "%s: a root of %d bytes", place, len(root))
	return tlog.Tree{N: size, Hash: tlog.Hash(root)}
}

func requireConsistent(place string, earlier, latest tlog.Tree, hashes tlog.HashReader) {
	require(earlier.N <= latest.N, "%s: %d entries, the log only %d", place, earlier.N, latest.N)
	if earlier.N == latest.N {
		require(earlier.Hash == latest.Hash, "%s: two roots for size %d", place, latest.N)
	} else if earlier.N > 0 {
		proof, err := tlog.ProveTree(latest.N, earlier.N, hashes)
		check(place, err)
		err = tlog.CheckTree(proof, latest.N, latest.Hash, earlier.N, earlier.Hash)
		check(fmt.Sprintf("%s: size %d is not consistent with size %d", place, earlier.N, latest.N), err)
	}
}

// requireBlock holds 256 entries, and whatever was sealed of them at earlier sizes, against the hashes the root vouches for.
func requireBlock(dir string, block, width int64, hashes tlog.HashReader) {
	indexes := make([]int64, width)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, block*256+int64(i))
	}
	sealed, err := hashes.ReadHashes(indexes)
	check(pathOf("0", block, 256), err)
	var tile bytes.Buffer
	for _, hash := range sealed {
		tile.Write(hash[:])
	}
	for earlier := int64(1); earlier <= width; earlier++ {
		if found, err := os.ReadFile(filepath.Join(dir, pathOf("0", block, earlier))); err == nil {
			require(bytes.Equal(found, tile.Bytes()[:earlier*32]), "%s: not what was sealed", pathOf("0", block, earlier))
		}
		path := pathOf("entries", block, earlier)
		bundle, err := os.ReadFile(filepath.Join(dir, path))
		if earlier < width && os.IsNotExist(err) {
			continue
		}
		check(path, err)
		requireEntries(path, bundle, block*256, sealed[:earlier])
	}
}

func requireEntries(path string, bundle []byte, first int64, sealed []tlog.Hash) {
	count := 0
	for ; len(bundle) > 0; count++ {
		require(len(bundle) >= 2, "%s: cut", path)
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		require(len(bundle) >= end, "%s: cut in entry %d", path, first+int64(count))
		require(count < len(sealed), "%s: more than %d entries", path, len(sealed))
		isSealed := tlog.RecordHash(bundle[2:end]) == sealed[count]
		require(isSealed, "%s: entry %d is not what was sealed", path, first+int64(count))
		bundle = bundle[end:]
	}
	require(count == len(sealed), "%s: %d entries of %d", path, count, len(sealed))
}

// tiles reads what C2SP tlog-tiles puts in place of the paths of Go's own checksum database.
type tiles struct{ dir string }

func (tiles) Height() int                         { return 8 }
func (tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		path := pathOf(strconv.Itoa(tile.L), tile.N, int64(tile.W))
		data, err := os.ReadFile(filepath.Join(t.dir, path))
		if err == nil && len(data) != tile.W*tlog.HashSize {
			err = fmt.Errorf("%s: %d bytes", path, len(data))
		}
		if err != nil {
			return nil, err
		}
		read = append(read, data)
	}
	return read, nil
}

func pathOf(level string, index, width int64) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + level + "/" + path
}

func check(place string, err error) {
	if err != nil {
		require(false, "%s: %v", place, err)
	}
}

func require(holds bool, format string, args ...any) {
	if !holds {
		fmt.Printf("NOT verified: "+format+"\n", args...)
		os.Exit(3)
	}
}
