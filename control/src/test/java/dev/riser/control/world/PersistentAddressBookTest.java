package dev.riser.control.world;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.control.world.AddressBook.Pool;
import dev.riser.model.IpBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PersistentAddressBookTest {
    private static final PersistentAddressBook.Ranges SMALL = new PersistentAddressBook.Ranges(
            IpBlock.parse("10.90.0.0/30"), IpBlock.parse("fd90::/64"), IpBlock.parse("240.240.0.0/30"));

    @TempDir
    private Path directory;

    private PersistentAddressBook book(PersistentAddressBook.Ranges ranges) {
        return new PersistentAddressBook(directory.resolve("addresses"), ranges);
    }

    @Test
    void aHostKeepsItsAddressesWhateverElseComesAndAfterARestart() {
        Map<String, List<String>> first =
                book(PersistentAddressBook.DEFAULT_RANGES).addresses(List.of("b"), Pool.SERVICE);

        Map<String, List<String>> second =
                book(PersistentAddressBook.DEFAULT_RANGES).addresses(List.of("a", "b", "c"), Pool.SERVICE);

        assertThat(second.get("b")).isEqualTo(first.get("b"));
        assertThat(second.values()).doesNotHaveDuplicates();
    }

    @Test
    void servicesGetBothFamiliesWithTheSameNumberAndEntriesOne() {
        PersistentAddressBook book = book(SMALL);

        assertThat(book.addresses(List.of("x"), Pool.SERVICE).get("x"))
                .isIn(List.of("10.90.0.1", "fd90::1"), List.of("10.90.0.2", "fd90::2"));
        assertThat(book.addresses(List.of("x"), Pool.ENTRY).get("x"))
                .isIn(List.of("240.240.0.1"), List.of("240.240.0.2"));
    }

    @Test
    void aFullRangeTakesBackAddressesThatNobodyUses() {
        PersistentAddressBook book = book(SMALL);
        book.addresses(List.of("a", "b"), Pool.ENTRY);

        Map<String, List<String>> answer = book.addresses(List.of("b", "c"), Pool.ENTRY);

        assertThat(answer).containsOnlyKeys("b", "c");
        assertThat(answer.get("b")).isNotEqualTo(answer.get("c"));
    }

    @Test
    void aHostForWhichNoAddressIsLeftIsMissingFromTheAnswer() {
        assertThat(book(SMALL).addresses(List.of("a", "b", "c"), Pool.ENTRY)).hasSize(2);
    }

    @Test
    void aFileThatCannotBeWrittenStopsNobodyAndIsWrittenLater() throws IOException {
        Path blocked = directory.resolve("blocked");
        Files.writeString(blocked, "a file where a directory should be");
        PersistentAddressBook book =
                new PersistentAddressBook(blocked.resolve("addresses"), PersistentAddressBook.DEFAULT_RANGES);

        Map<String, List<String>> first = book.addresses(List.of("a"), Pool.SERVICE);
        Files.delete(blocked);
        book.addresses(List.of("a"), Pool.SERVICE);

        assertThat(first).containsKey("a");
        assertThat(blocked.resolve("addresses")).content().contains("SERVICE a ");
    }
}
