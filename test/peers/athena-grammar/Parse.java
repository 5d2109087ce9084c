// Reads statements from standard input, each ended by a NUL, and answers one line for each: ok, or what is wrong with it.
import io.trino.sql.parser.ParsingException;
import io.trino.sql.parser.ParsingOptions;
import io.trino.sql.parser.SqlParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

final class Parse {
    private Parse() {}

    public static void main(String[] arguments) throws IOException {
        String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        SqlParser parser = new SqlParser();
        for (String statement : input.split("\0")) {
            try {
                parser.createStatement(statement, new ParsingOptions(ParsingOptions.DecimalLiteralTreatment.AS_DECIMAL));
                System.out.println("ok");
            } catch (ParsingException error) {
                System.out.println(error.getMessage().replace('\n', ' '));
            }
        }
    }
}
