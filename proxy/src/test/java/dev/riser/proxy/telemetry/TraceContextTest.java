package dev.riser.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.telemetry.TraceContext.Sampling;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";

    private static TraceContext read(Map<String, String> headers) {
        return TraceContext.from(headers::get);
    }

    private static Map<String, String> written(TraceContext context, Map<String, String> before) {
        Map<String, String> headers = new TreeMap<>(before);
        context.writeTo(new TraceHeaders() {
            @Override
            public void set(String name, String value) {
                headers.put(name, value);
            }

            @Override
            public void remove(String name) {
                headers.remove(name);
            }
        });
        return headers;
    }

    @Test
    void traceParentIsReadAndContinued() {
        Map<String, String> incoming = Map.of("traceparent", "00-" + TRACE + "-" + SPAN + "-01", "tracestate", "a=b");

        TraceContext context = read(incoming);
        Map<String, String> outgoing = written(context.child(0x1234L, context.sampling()), incoming);

        assertThat(context.sampled()).isTrue();
        assertThat(outgoing)
                .isEqualTo(Map.of("traceparent", "00-" + TRACE + "-0000000000001234-01", "tracestate", "a=b"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
                "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
                "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
                "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01."
            })
    void brokenTraceParentCountsAsAbsent(String header) {
        assertThat(read(Map.of("traceparent", header))).isEqualTo(TraceContext.NONE);
    }

    @Test
    void laterVersionIsReadAsFarAsItIsKnown() {
        assertThat(read(Map.of("traceparent", "42-" + TRACE + "-" + SPAN + "-01-more"))
                        .traceId())
                .isEqualTo(TRACE);
    }

    @Test
    void singleB3IsReadAndContinuedInBothFormats() {
        Map<String, String> incoming = Map.of("b3", TRACE + "-" + SPAN + "-d");

        TraceContext context = read(incoming);
        Map<String, String> outgoing = written(context.child(1, context.sampling()), incoming);

        assertThat(context.sampling()).isEqualTo(Sampling.DEBUG);
        assertThat(outgoing)
                .isEqualTo(Map.of(
                        "b3", TRACE + "-0000000000000001-d",
                        "traceparent", "00-" + TRACE + "-0000000000000001-01"));
    }

    @Test
    void multipleB3HeadersAreReadAndContinued() {
        Map<String, String> incoming =
                Map.of("x-b3-traceid", "a3ce929d0e0e4736", "x-b3-spanid", SPAN, "x-b3-sampled", "1");

        TraceContext context = read(incoming);
        Map<String, String> outgoing = written(context.child(1, context.sampling()), incoming);

        assertThat(outgoing)
                .containsEntry("x-b3-traceid", "0000000000000000a3ce929d0e0e4736")
                .containsEntry("x-b3-spanid", "0000000000000001")
                .containsEntry("x-b3-parentspanid", SPAN)
                .containsEntry("x-b3-sampled", "1")
                .containsEntry("traceparent", "00-0000000000000000a3ce929d0e0e4736-0000000000000001-01")
                .doesNotContainKey("b3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-", "a-b", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-q", "1-2-3-4-5-6"})
    void brokenSingleB3CountsAsAbsent(String header) {
        assertThat(read(Map.of("b3", header)).present()).isFalse();
    }

    @Test
    void w3cGoesBeforeB3() {
        TraceContext context = read(
                Map.of("traceparent", "00-" + TRACE + "-" + SPAN + "-00", "b3", "a3ce929d0e0e4736-" + SPAN + "-1"));

        assertThat(context.traceId()).isEqualTo(TRACE);
        assertThat(context.sampled()).isFalse();
    }

    @Test
    void withoutAnExporterRequestsPassThroughUntouched() {
        Map<String, String> incoming = Map.of("traceparent", "00-" + TRACE + "-" + SPAN + "-01", "tracestate", "a=b");

        TraceContext context = Tracer.OFF.begin(incoming::get);

        assertThat(context.traceId()).isEqualTo(TRACE);
        assertThat(written(context, incoming)).isEqualTo(incoming);
        assertThat(written(Tracer.OFF.begin(Map.<String, String>of()::get), Map.of()))
                .isEmpty();
    }

    @Test
    void noBytesFromOutsideCanBreakTheReader() {
        Random random = new Random(11);
        String alphabet = "0123456789abcdef-dzA\u00ff";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(70);
            for (int index = 0; index < length; index++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String header = text.toString();
            TraceContext context = TraceContext.from(name -> header);
            assertThat(context.traceId()).hasSize(32);
        }
    }
}
