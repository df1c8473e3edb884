package dev.riser.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.route.HeaderChanges.Addition;
import dev.riser.proxy.route.HeaderChanges.Append;
import io.netty.util.AsciiString;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderChangesTest {
    private static final RequestView REQUEST = Requests.get("http://a.test/p").with("x-from", "phone");

    @ParameterizedTest
    @CsvSource({
        "APPEND_IF_EXISTS_OR_ADD,    true,  'x: old|x: new'",
        "APPEND_IF_EXISTS_OR_ADD,    false, 'x: new'",
        "ADD_IF_ABSENT,              true,  'x: old'",
        "ADD_IF_ABSENT,              false, 'x: new'",
        "OVERWRITE_IF_EXISTS_OR_ADD, true,  'x: new'",
        "OVERWRITE_IF_EXISTS_OR_ADD, false, 'x: new'",
        "OVERWRITE_IF_EXISTS,        true,  'x: new'",
        "OVERWRITE_IF_EXISTS,        false, ''"
    })
    void theActionDecidesWhereTheHeaderIsThereAlready(Append append, boolean there, String expected) {
        FakeHeaders headers = there ? FakeHeaders.of("x", "old") : FakeHeaders.of();

        changes(List.of(), add("x", "new", append)).apply(headers, FakeContext.of(REQUEST));

        assertThat(String.join("|", headers.lines())).isEqualTo(expected);
    }

    @Test
    void removalComesBeforeAddition() {
        FakeHeaders headers = FakeHeaders.of("x", "old", "y", "1");

        changes(List.of(AsciiString.of("x")), add("x", "new", Append.ADD_IF_ABSENT))
                .apply(headers, FakeContext.of(REQUEST));

        assertThat(headers.lines()).containsExactly("y: 1", "x: new");
    }

    /** A header that one addition sets must not be seen by the value of the next. */
    @Test
    void valuesAreEvaluatedBeforeAnythingIsAdded() {
        FakeHeaders headers = FakeHeaders.of();
        FormatContext context = FakeContext.of(new RequestView() {
            @Override
            public CharSequence method() {
                return "GET";
            }

            @Override
            public CharSequence authority() {
                return "a";
            }

            @Override
            public CharSequence path() {
                return "/";
            }

            @Override
            public CharSequence scheme() {
                return "http";
            }

            @Override
            public CharSequence header(AsciiString name) {
                CharSequence value = headers.get(name);
                return value == null ? "none" : value;
            }
        });

        changes(
                        List.of(),
                        add("a", "1", Append.APPEND_IF_EXISTS_OR_ADD),
                        add("b", "%REQ(a)%", Append.APPEND_IF_EXISTS_OR_ADD))
                .apply(headers, context);

        assertThat(headers.lines()).containsExactly("a: 1", "b: none");
    }

    @Test
    void overwritesComeBeforeAdditions() {
        FakeHeaders headers = FakeHeaders.of("x", "old");

        changes(
                        List.of(),
                        add("x", "added", Append.APPEND_IF_EXISTS_OR_ADD),
                        add("x", "set", Append.OVERWRITE_IF_EXISTS_OR_ADD))
                .apply(headers, FakeContext.of(REQUEST));

        assertThat(headers.lines()).containsExactly("x: set", "x: added");
    }

    @Test
    void anEmptyValueIsAddedOnlyWhereItIsToBeKept() {
        FakeHeaders headers = FakeHeaders.of();

        changes(
                        List.of(),
                        add("dropped", "%REQ(x-none)%", Append.APPEND_IF_EXISTS_OR_ADD),
                        new Addition(
                                AsciiString.of("kept"),
                                FormatText.compile("%REQ(x-none)%"),
                                Append.APPEND_IF_EXISTS_OR_ADD,
                                true))
                .apply(headers, FakeContext.of(REQUEST));

        assertThat(headers.lines()).containsExactly("kept: ");
    }

    @Test
    void valuesMayNameFactsOfTheExchange() {
        FakeHeaders headers = FakeHeaders.of();

        changes(List.of(), add("x-client", "from %REQ(x-from)%", Append.APPEND_IF_EXISTS_OR_ADD))
                .apply(headers, FakeContext.of(REQUEST));

        assertThat(headers.lines()).containsExactly("x-client: from phone");
    }

    @Test
    void nothingToChangeIsTheOneInstance() {
        assertThat(HeaderChanges.inOrder(List.of(HeaderChanges.NONE, HeaderChanges.of(List.of(), List.of()))))
                .isSameAs(HeaderChanges.NONE);
    }

    private static HeaderChanges changes(List<AsciiString> removals, Addition... additions) {
        return HeaderChanges.of(removals, List.of(additions));
    }

    private static Addition add(String name, String value, Append append) {
        return new Addition(AsciiString.of(name), FormatText.compile(value), append, false);
    }
}
