package dev.riser.model;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Estimates from above how many instructions a regular expression compiles to, before it is compiled: RE2/J writes
 * repeats out, so that three nested {@code {1000}} would exhaust the process. Where the syntax is wrong the estimate is of
 * no meaning and compiling says so.
 */
final class RegexSize {
    private static final Pattern REPEAT = Pattern.compile("\\{(\\d{1,4})(,(\\d{1,4})?)?\\}");
    /** Far above any limit, and far from overflow. */
    private static final long VERY_LARGE = 1L << 40;

    private final String expression;
    private final Deque<Long> outer = new ArrayDeque<>();
    private long before;
    private long last;
    private int position;

    private RegexSize(String expression) {
        this.expression = expression;
    }

    static long estimate(String expression) {
        RegexSize size = new RegexSize(expression);
        while (size.position < expression.length()) {
            size.step();
        }
        long sum = size.before + size.last;
        for (long enclosing : size.outer) {
            sum += enclosing;
        }
        return sum;
    }

    private void step() {
        char character = expression.charAt(position);
        switch (character) {
            case '\\' -> escape();
            case '[' -> {
                atom();
                position = afterClass();
            }
            case '(' -> {
                outer.push(before + last);
                before = 0;
                last = 0;
                position++;
            }
            case ')' -> {
                long group = before + last + 2;
                before = outer.isEmpty() ? 0 : outer.pop();
                last = group;
                position++;
            }
            case '{' -> repeat();
            case '*', '+', '?', '|' -> {
                last++;
                position++;
            }
            default -> {
                atom();
                position++;
            }
        }
    }

    private void atom() {
        before = Math.min(before + last, VERY_LARGE);
        last = 1;
    }

    private void repeat() {
        Matcher repeat = REPEAT.matcher(expression).region(position, expression.length());
        if (!repeat.lookingAt()) {
            atom();
            position++;
            return;
        }
        int times = Integer.parseInt(repeat.group(1));
        String most = repeat.group(3);
        if (most != null) {
            times = Math.max(times, Integer.parseInt(most));
        } else if (repeat.group(2) != null) {
            times++;
        }
        last = Math.min((last + 1) * Math.max(times, 1), VERY_LARGE);
        position = repeat.end();
    }

    private void escape() {
        char next = position + 1 < expression.length() ? expression.charAt(position + 1) : ' ';
        if (next == 'Q') {
            int end = expression.indexOf("\\E", position + 2);
            int stop = end < 0 ? expression.length() : end;
            before += stop - position;
            atom();
            position = end < 0 ? stop : end + 2;
            return;
        }
        atom();
        position += 2;
        boolean named = next == 'p' || next == 'P' || next == 'x';
        if (named && position < expression.length() && expression.charAt(position) == '{') {
            int end = expression.indexOf('}', position);
            position = end < 0 ? expression.length() : end + 1;
        }
    }

    private int afterClass() {
        int index = position + 1;
        if (index < expression.length() && expression.charAt(index) == '^') {
            index++;
        }
        boolean first = true;
        while (index < expression.length()) {
            char character = expression.charAt(index);
            if (character == ']' && !first) {
                return index + 1;
            }
            index += character == '\\' ? 2 : 1;
            first = false;
        }
        return expression.length();
    }
}
