#!/usr/bin/env Rscript
# Makes tests/reference/reference.json: random inputs and what R makes of them, for tests/unit/test_stats_reference.c.
#
#   tests/reference/make_reference.R [FILE]
#
# R is needed for this alone, never for running the tests: run it again when a case is added, and commit the result. The same
# script gives the same file: the seed is fixed, inputs are rounded before they are used, numbers have 15 digits.
# Debian: apt-get install --no-install-recommends r-base-core r-cran-mass r-cran-sandwich r-cran-jsonlite
#
# What each "kind" holds against (packages stats, MASS, sandwich):
#   binomial      binom.test                       rate_ratio    poisson.test
#   poisson, quasipoisson  glm                     negative_binomial  MASS::glm.nb
#     newey_west of each   sandwich::NeweyWest(lag, prewhite = FALSE, adjust = FALSE)
#   fdr           p.adjust(, "BH")                 ks            ks.test(, "punif", exact = TRUE)
#   mann_kendall  sum(sign(y_j - y_i)), variance (n(n-1)(2n+5) - sum t(t-1)(2t+5))/18, z = (s - sign(s))/sqrt(variance);
#                 tau = cor(, method = "kendall") scaled to all pairs
#   theil_sen     median of all slopes             beta          pbeta, qbeta
#   sccs          glm(poisson) with a factor per case, on day-by-day data
#   before_after  lm and predict(se.fit), inflated as analyzers/stats/before_after.h says
suppressMessages({
  library(MASS)
  library(sandwich)
  library(jsonlite)
})
set.seed(20240229, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
options(warn = -1)

arguments <- commandArgs(TRUE)
target <- if (length(arguments) > 0) arguments[1] else "tests/reference/reference.json"
cases <- list()
add <- function(kind, ...) cases[[length(cases) + 1]] <<- list(kind = unbox(kind), ...)
one <- function(value) unbox(as.numeric(value))
fine <- glm.control(epsilon = 1e-14, maxit = 200)

beta_cases <- function() {
  for (size in c(0.5, 1, 3, 30, 1e3, 1e5, 1e7)) for (i in 1:4) {
    a <- signif(size * runif(1, 0.5, 2), 6)
    b <- signif(size * runif(1, 0.1, 3), 6)
    x <- signif(qbeta(runif(1, 0.001, 0.999), a, b), 8)
    p <- round(runif(1, 0.001, 0.999), 4)
    if (x > 0 && x < 1) add("beta", a = one(a), b = one(b), x = one(x), cdf = one(pbeta(x, a, b)), p = one(p),
                            quantile = one(qbeta(p, a, b)))
  }
}

count_cases <- function() {
  for (i in 1:50) {
    mean <- 10^runif(1, -1, 3.5)
    k <- rpois(2, mean * c(1, runif(1, 0.3, 2)))
    if (sum(k) == 0) next
    exposure <- signif(10^runif(2, -1, 4), 4)
    if (i %% 2 == 0) exposure <- signif(rev(sort(exposure)), 4)
    level <- sample(c(0.95, 0.9, 0.99), 1)
    r <- poisson.test(k, exposure, conf.level = level)
    add("rate_ratio", count = k, exposure = exposure, level = one(level), ratio = one(if (k[2] > 0) r$estimate else NA),
        low = one(r$conf.int[1]), high = one(if (k[2] > 0) r$conf.int[2] else NA), p = one(r$p.value))
  }
  for (i in 1:40) {
    n <- ceiling(10^runif(1, 0, 4))
    p <- round(runif(1, 0.01, 0.99), 3)
    k <- if (i %% 10 == 0) sample(c(0, n), 1) else rbinom(1, n, min(1, p * runif(1, 0.7, 1.3)))
    r <- binom.test(k, n, p)
    add("binomial", successes = one(k), trials = one(n), probability = one(p), estimate = one(r$estimate),
        low = one(r$conf.int[1]), high = one(r$conf.int[2]), p = one(r$p.value))
  }
}

glm_case <- function(i, family) {
  n <- sample(12:45, 1)
  p <- sample(1:3, 1)
  x <- cbind(1, matrix(round(rnorm(n * p), 2), n))
  if (i %% 3 == 0) x[, 2] <- as.numeric(seq_len(n) > n / 2)
  offset <- round(log(runif(n, 0.5, 4)), 3)
  eta <- offset + x %*% c(runif(1, 0.5, 2.5), runif(p, -0.6, 0.6))
  y <- if (family == "poisson") rpois(n, exp(eta)) else rnbinom(n, mu = exp(eta), size = runif(1, 0.7, 5))
  fit <- switch(family,
    poisson = glm(y ~ x - 1 + offset(offset), family = poisson, control = fine),
    quasipoisson = glm(y ~ x - 1 + offset(offset), family = quasipoisson, control = fine),
    negative_binomial = tryCatch(glm.nb(y ~ x - 1 + offset(offset), control = fine), error = function(e) NULL))
  if (is.null(fit) || !fit$converged) return()
  nb <- family == "negative_binomial"
  if (nb && (!is.null(fit$th.warn) || fit$theta > 1000)) return()
  lag <- sample(0:4, 1)
  s <- if (nb) summary(fit, dispersion = 1) else summary(fit)
  hac <- NeweyWest(fit, lag = lag, prewhite = FALSE, adjust = FALSE)
  if (family == "quasipoisson") hac <- vcovHAC(fit, weights = 1 - (0:lag) / (lag + 1), prewhite = FALSE, adjust = FALSE)
  add(family, x = as.vector(t(x)), y = y, offset = offset, coefficient = unname(coef(fit)), se = unname(s$coefficients[, 2]),
      deviance = one(fit$deviance), dispersion = one(s$dispersion),
      log_likelihood = one(if (family == "quasipoisson") NA else as.numeric(logLik(fit))),
      theta = one(if (nb) fit$theta else NA), theta_se = one(if (nb) fit$SE.theta else NA), lag = one(lag),
      newey_west = as.vector(unname(hac)))
}

fdr_cases <- function() {
  for (i in 1:20) {
    p <- round(c(runif(sample(1:30, 1)), rbeta(sample(0:10, 1), 0.2, 5)), 3)
    add("fdr", p = p, q = p.adjust(p, "BH"))
  }
}

trend_cases <- function() {
  for (i in 1:40) {
    n <- sample(4:50, 1)
    y <- if (i %% 2 == 0) rpois(n, 3) else round(rnorm(n) + runif(1, -0.1, 0.1) * seq_len(n), 3)
    if (length(unique(y)) == 1) next
    difference <- outer(y, y, function(a, b) b - a)
    upper <- upper.tri(difference)
    s <- sum(sign(difference[upper]))
    ties <- as.vector(table(y))
    variance <- (n * (n - 1) * (2 * n + 5) - sum(ties * (ties - 1) * (2 * ties + 5))) / 18
    z <- (s - sign(s)) / sqrt(variance)
    tau <- cor(seq_len(n), y, method = "kendall") * sqrt(sum(upper) * (sum(upper) - sum(choose(ties, 2)))) / sum(upper)
    slopes <- (difference / outer(seq_len(n), seq_len(n), function(a, b) b - a))[upper]
    add("mann_kendall", y = y, s = one(s), variance = one(variance), z = one(z), p = one(2 * pnorm(-abs(z))),
        tau = one(tau), slope = one(median(slopes)), intercept = one(median(y) - median(slopes) * (n - 1) / 2))
  }
}

ks_cases <- function() {
  for (i in 1:40) {
    n <- if (i <= 30) sample(8:60, 1) else sample(c(120, 200, 260), 1)
    u <- round(rbeta(n, runif(1, 0.8, 1.3), runif(1, 0.8, 1.3)), 5)
    if (anyDuplicated(u)) u <- (rank(u, ties.method = "first") - 0.37) / n
    u <- round(u, 6)
    r <- ks.test(u, "punif", exact = TRUE)
    add("ks", values = u, statistic = one(r$statistic), p = one(r$p.value))
  }
}

sccs_case <- function(i) {
  window <- if (i %% 2 == 0) c(0, 20) else c(0, 15, 40)
  age <- list(numeric(0), 200, c(150, 260))[[i %% 3 + 1]]
  count <- sample(15:40, 1)
  days <- NULL
  people <- list()
  for (person in seq_len(count)) {
    from <- sample(0:60, 1)
    to <- sample(300:400, 1)
    exposure <- sort(sample(20:330, sample(0:2, 1)))
    day <- from:(to - 1)
    exposed <- rep(0, length(day))
    for (e in exposure) for (w in seq_len(length(window) - 1))
      exposed[day >= e + window[w] & day < e + window[w + 1]] <- w
    # The latest exposure counts: its windows are set last, over those of the ones before.
    group <- findInterval(day, age)
    rate <- exp(c(0, 0.9, 0.4)[exposed + 1] + 0.2 * group)
    event <- sort(sample(day, sample(1:3, 1), replace = TRUE, prob = rate))
    days <- rbind(days, aggregate(list(events = tabulate(match(event, day), length(day)), length = 1 + 0 * day),
                                  list(person = rep(person, length(day)), exposed = exposed, group = group), sum))
    people[[person]] <- list(from = one(from), to = one(to), exposure = exposure, event = event)
  }
  formula <- events ~ factor(person) + factor(exposed) + offset(log(length))
  if (length(age) > 0) formula <- update(formula, . ~ . + factor(group))
  fit <- glm(formula, family = poisson, data = days, control = fine)
  s <- summary(fit)$coefficients
  rows <- grep("exposed|group", rownames(s))
  if (length(rows) != length(window) - 1 + length(age) || any(s[rows, 2] > 10)) return()
  add("sccs", people = people, window = window, age = as.numeric(age), log_ratio = unname(s[rows, 1]),
      se = unname(s[rows, 2]))
}

before_after_cases <- function() {
  for (i in 1:20) {
    before <- sample(15:50, 1)
    after <- sample(5:20, 1)
    n <- before + after
    control <- matrix(round(100 + 10 * rnorm(n * (i %% 3)), 2), n)
    noise <- as.numeric(arima.sim(list(ar = sample(c(0, 0.5), 1)), n))
    y <- round(5 + rowSums(control) * 0.3 + noise + c(rep(0, before), rep(runif(1, -1, 1), after)), 3)
    frame <- data.frame(y = y)
    if (ncol(control) > 0) frame <- cbind(frame, control)
    fit <- lm(y ~ ., data = frame[1:before, , drop = FALSE])
    mean_after <- as.data.frame(t(colMeans(frame[(before + 1):n, , drop = FALSE])))
    names(mean_after) <- names(frame)
    expected <- predict(fit, mean_after, se.fit = TRUE)
    e <- residuals(fit)
    p <- length(coef(fit))
    r <- sum(e[-1] * e[-before]) / sum(e^2)
    rho <- min(max((before * r + 1 + p) / (before - 4), 0), 0.85)
    inflation <- (1 + rho) / (1 - rho)
    freedom <- max(before / inflation - p, 1)
    effect <- mean(y[(before + 1):n]) - expected$fit
    se <- sqrt(inflation * (expected$se.fit^2 + summary(fit)$sigma^2 / after))
    add("before_after", y = y, control = as.vector(t(control)), controls = one(ncol(control)), before = one(before),
        effect = one(effect), low = one(effect - qt(0.975, freedom) * se), high = one(effect + qt(0.975, freedom) * se),
        p = one(2 * pt(-abs(effect / se), freedom)))
  }
}

beta_cases()
count_cases()
for (i in 1:50) for (family in c("poisson", "quasipoisson", "negative_binomial")) glm_case(i, family)
fdr_cases()
trend_cases()
ks_cases()
for (i in 1:30) sccs_case(i)
before_after_cases()

text <- vapply(cases, function(case) as.character(toJSON(case, digits = I(15), na = "null")), "")
writeLines(c("[", paste0(text, c(rep(",", length(text) - 1), "")), "]"), target)
message(length(cases), " cases: ", paste(names(table(vapply(cases, function(c) as.character(c$kind), ""))),
        table(vapply(cases, function(c) as.character(c$kind), "")), collapse = ", "))
