package dev.riser.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ProblemsTest {
    private static Problem problem(int line) {
        return new Problem("Service default/a", "spec", "a.yaml", line, "", "", "wrong", "");
    }

    @Test
    void keeps_the_first_ones_and_counts_all() {
        Problems problems = new Problems(2);
        assertThat(problems.isEmpty()).isTrue();
        for (int line = 1; line <= 5; line++) {
            problems.add(problem(line));
        }
        assertThat(problems.list()).extracting(Problem::line).containsExactly(1, 2);
        assertThat(problems.found()).isEqualTo(5);
        assertThat(problems.isEmpty()).isFalse();
    }

    @Test
    void refuses_to_keep_none() {
        assertThatThrownBy(() -> new Problems(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_problem_reads_as_one_line() {
        Problem problem = new Problem(
                "VirtualService default/reviews",
                "spec.http[0].timeout",
                "shop.yaml",
                12,
                "5",
                "a duration",
                "the value is not a duration",
                "add a unit: 5s");
        assertThat(problem.text())
                .isEqualTo("shop.yaml:12: VirtualService default/reviews: spec.http[0].timeout: "
                        + "the value is not a duration; found 5; allowed: a duration; add a unit: 5s");
    }
}
