extension String {
    /// The words into which a shell splits a line whose only special characters are quotes, and `#` before a comment.
    var shellWords: [String] {
        var words: [String] = []
        var word: String?
        var (isQuoted, isEscaped) = (false, false)
        for character in self {
            if isEscaped || isQuoted && character != "'" {
                word = (word ?? "") + String(character)
                isEscaped = false
                continue
            }
            switch character {
            case "'": (isQuoted, word) = (!isQuoted, word ?? "")
            case "\\": isEscaped = true
            case "#" where word == nil: return words
            case " ":
                if let word { words.append(word) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }
}
