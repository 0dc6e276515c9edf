/// A regular expression that is matched in time proportional to the length of the text, whatever the expression.
///
/// The syntax is the common part of POSIX and Perl: `.`, `[a-z]`, `[^a-z]`, `\d`, `\w`, `\s`, `^`, `$`, `( )`, `|`, `*`, `+`,
/// `?` and `{2,5}`. All alternatives are followed at once, one character at a time, so that none is tried twice.
struct Pattern: Sendable {
    /// The reason why an expression is refused.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private enum Instruction: Sendable {
        case character(PatternSet)
        /// Goes on at both places.
        case split(Int, Int)
        case jump(Int)
        /// Passes at the start or the end of the text only.
        case start, end
        case match
    }

    /// The largest size of an expression, in characters.
    static let longest = 256
    /// The largest size of a compiled expression, in which repetitions are written out.
    private static let largest = 4000

    private var program: [Instruction] = []

    init(_ text: String) throws(Problem) {
        guard text.unicodeScalars.count <= Self.longest else {
            throw Problem(description: "it has more than \(Self.longest) characters")
        }
        var parser = PatternParser(text)
        try append(parser.expression())
        program.append(.match)
    }

    /// Whether the expression matches any part of the text.
    func matches(_ text: String) -> Bool {
        var current = Threads(program.count)
        var next = Threads(program.count)
        let scalars = Array(text.unicodeScalars)
        for position in 0...scalars.count {
            // A match may begin anywhere.
            if add(0, to: &current, at: position, of: scalars.count) { return true }
            guard position < scalars.count else { break }
            next.clear()
            for place in current.places {
                guard case .character(let set) = program[place], set.contains(scalars[position]) else { continue }
                if add(place + 1, to: &next, at: position + 1, of: scalars.count) { return true }
            }
            swap(&current, &next)
        }
        return false
    }

    /// Adds a place and all those that are reached from it without a character. Returns whether that is the match.
    private func add(_ place: Int, to threads: inout Threads, at position: Int, of count: Int) -> Bool {
        var open = [place]
        while let place = open.popLast() {
            guard threads.insert(place) else { continue }
            switch program[place] {
            case .character: break
            case .split(let left, let right): open += [right, left]
            case .jump(let target): open.append(target)
            case .start: if position == 0 { open.append(place + 1) }
            case .end: if position == count { open.append(place + 1) }
            case .match: return true
            }
        }
        return false
    }

    private mutating func append(_ node: PatternNode) throws(Problem) {
        guard program.count < Self.largest else { throw Problem(description: "its repetitions are too many") }
        switch node {
        case .set(let set): program.append(.character(set))
        case .start: program.append(.start)
        case .end: program.append(.end)
        case .sequence(let nodes): for node in nodes { try append(node) }
        case .choice(let left, let right):
            let split = program.count
            program.append(.jump(0))
            try append(left)
            let jump = program.count
            program.append(.jump(0))
            program[split] = .split(split + 1, program.count)
            try append(right)
            program[jump] = .jump(program.count)
        case .repeated(let node, let least, let most):
            for _ in 0..<least { try append(node) }
            guard let most else {
                let split = program.count
                program.append(.jump(0))
                try append(node)
                program.append(.jump(split))
                program[split] = .split(split + 1, program.count)
                return
            }
            var splits: [Int] = []
            for _ in 0..<(most - least) {
                splits.append(program.count)
                program.append(.jump(0))
                try append(node)
            }
            for split in splits { program[split] = .split(split + 1, program.count) }
        }
    }

    /// The places of the program that have been reached, each once.
    private struct Threads {
        private(set) var places: [Int] = []
        private var isReached: [Bool]

        init(_ count: Int) { isReached = Array(repeating: false, count: count) }

        mutating func insert(_ place: Int) -> Bool {
            guard !isReached[place] else { return false }
            isReached[place] = true
            places.append(place)
            return true
        }

        mutating func clear() {
            for place in places { isReached[place] = false }
            places.removeAll(keepingCapacity: true)
        }
    }
}
