package dev.riser.proxy.telemetry;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A compiled {@code strftime} format in UTC, with Envoy's additions: {@code %1f} to {@code %9f} for fractions and
 * {@code %s}, {@code %3s}, {@code %6s}, {@code %9s} for the time since 1970.
 */
final class TimeFormat {
    private static final String[] MONTHS = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    private static final String[] DAYS = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};

    private sealed interface Part {
        record Literal(byte[] bytes) implements Part {}

        record Field(char name, int width) implements Part {}
    }

    private final List<Part> parts;

    private TimeFormat(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /**
     * Compiles.
     *
     * @param offset where the text stands in the whole format, for messages
     */
    static TimeFormat compile(String format, int offset) throws AccessLogFormatException {
        List<Part> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int index = 0; index < format.length(); index++) {
            char each = format.charAt(index);
            if (each != '%') {
                literal.append(each);
                continue;
            }
            int start = index++;
            int width = 0;
            if (index < format.length() && format.charAt(index) >= '1' && format.charAt(index) <= '9') {
                width = format.charAt(index++) - '0';
            }
            char name = index < format.length() ? format.charAt(index) : 0;
            boolean sized = name == 'f' || name == 's' && (width == 3 || width == 6 || width == 9);
            if (name == 0 || width > 0 && !sized || "YmdHMSfsjybaeTFDRZzpIn%".indexOf(name) < 0) {
                throw new AccessLogFormatException(
                        "unknown time field '%s'"
                                .formatted(format.substring(start, Math.min(format.length(), index + 1))),
                        offset + start);
            }
            if (name == '%') {
                literal.append('%');
                continue;
            }
            flush(literal, parts);
            switch (name) {
                case 'T' -> expand("%H:%M:%S", parts);
                case 'F' -> expand("%Y-%m-%d", parts);
                case 'D' -> expand("%m/%d/%y", parts);
                case 'R' -> expand("%H:%M", parts);
                default -> parts.add(new Part.Field(name, width));
            }
        }
        flush(literal, parts);
        return new TimeFormat(parts);
    }

    private static void expand(String format, List<Part> parts) throws AccessLogFormatException {
        parts.addAll(compile(format, 0).parts);
    }

    private static void flush(StringBuilder literal, List<Part> parts) {
        if (!literal.isEmpty()) {
            parts.add(new Part.Literal(literal.toString().getBytes(StandardCharsets.UTF_8)));
            literal.setLength(0);
        }
    }

    void write(long epochMicros, LineBuffer out) {
        long seconds = Math.floorDiv(epochMicros, 1_000_000L);
        int micros = (int) Math.floorMod(epochMicros, 1_000_000L);
        long days = Math.floorDiv(seconds, 86_400L);
        int ofDay = (int) Math.floorMod(seconds, 86_400L);
        // Days to a date of the Gregorian calendar, counting years from March so that leap days come last.
        long shifted = days + 719_468;
        long era = Math.floorDiv(shifted, 146_097L);
        int ofEra = (int) (shifted - era * 146_097);
        int yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365;
        int ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int marchMonth = (5 * ofYear + 2) / 153;
        int day = ofYear - (153 * marchMonth + 2) / 5 + 1;
        int month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
        for (Part part : parts) {
            switch (part) {
                case Part.Literal literal -> out.raw(literal.bytes());
                case Part.Field field -> field(field, out, seconds, micros, days, ofDay, year, month, day);
            }
        }
    }

    private static void field(
            Part.Field field,
            LineBuffer out,
            long seconds,
            int micros,
            long days,
            int ofDay,
            long year,
            int month,
            int day) {
        int hour = ofDay / 3_600;
        switch (field.name()) {
            case 'Y' -> out.digits(year, 4);
            case 'y' -> out.digits(year % 100, 2);
            case 'm' -> out.digits(month, 2);
            case 'd' -> out.digits(day, 2);
            case 'e' -> {
                if (day < 10) {
                    out.raw(' ');
                }
                out.number(day);
            }
            case 'H' -> out.digits(hour, 2);
            case 'I' -> out.digits((hour + 11) % 12 + 1, 2);
            case 'p' -> out.value(hour < 12 ? "AM" : "PM", 2);
            case 'M' -> out.digits(ofDay / 60 % 60, 2);
            case 'S' -> out.digits(ofDay % 60, 2);
            case 'f' -> fraction(field.width() == 0 ? 9 : field.width(), micros, out);
            case 's' -> {
                out.number(seconds);
                if (field.width() > 0) {
                    fraction(field.width(), micros, out);
                }
            }
            case 'j' -> out.digits(dayOfYear(year, month, day), 3);
            case 'b' -> out.value(MONTHS[month - 1], 3);
            case 'a' -> out.value(DAYS[(int) Math.floorMod(days, 7L)], 3);
            case 'Z' -> out.value("UTC", 3);
            case 'z' -> out.value("+0000", 5);
            case 'n' -> out.raw('\n');
            default -> throw new AssertionError("compile lets no other field through: " + field.name());
        }
    }

    private static void fraction(int width, int micros, LineBuffer out) {
        if (width >= 6) {
            out.digits(micros, 6);
            out.digits(0, width - 6);
            return;
        }
        int divisor = 1;
        for (int dropped = width; dropped < 6; dropped++) {
            divisor *= 10;
        }
        out.digits(micros / divisor, width);
    }

    private static int dayOfYear(long year, int month, int day) {
        boolean leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        int before = (367 * month - 362) / 12;
        int correction = month <= 2 ? 0 : leap ? 1 : 2;
        return before - correction + day;
    }
}
