export const vi = {
    'home.title': 'Trang đầu',
    'home.lead': 'Bạn đang làm việc với vai trò {role}.',
    'home.style': 'Cách trình bày của các trang',
    'nav.home': 'Trang đầu',
    'link.up': 'Máy chủ đang trả lời',
} as const;
