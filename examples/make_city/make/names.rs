//! Names of roads, bridges, places: plausible, and of no real city.

use std::collections::BTreeMap;

use super::blocks::Site;
use super::dice::Dice;
use super::mesh::Class;
use super::plan::{Plan, Role};
use super::space::P;
use super::town::Town;

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub zh: String,
    pub en: String,
}

impl Name {
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

pub(crate) const DISTRICTS: [(&str, &str); 7] = [
    ("鼓楼", "Gulou"),
    ("北关", "Beiguan"),
    ("望湖", "Wanghu"),
    ("东江", "Dongjiang"),
    ("西岭", "Xiling"),
    ("南苑", "Nanyuan"),
    ("临江", "Linjiang"),
];

const GREAT: [(&str, &str); 44] = [
    ("人民", "Renmin"),
    ("建设", "Jianshe"),
    ("解放", "Jiefang"),
    ("和平", "Heping"),
    ("朝阳", "Chaoyang"),
    ("新华", "Xinhua"),
    ("文化", "Wenhua"),
    ("友谊", "Youyi"),
    ("青年", "Qingnian"),
    ("胜利", "Shengli"),
    ("民主", "Minzhu"),
    ("团结", "Tuanjie"),
    ("东风", "Dongfeng"),
    ("中华", "Zhonghua"),
    ("光明", "Guangming"),
    ("五一", "Wuyi"),
    ("迎宾", "Yingbin"),
    ("学府", "Xuefu"),
    ("体育", "Tiyu"),
    ("科技", "Keji"),
    ("工业", "Gongye"),
    ("幸福", "Xingfu"),
    ("红旗", "Hongqi"),
    ("前进", "Qianjin"),
    ("振兴", "Zhenxing"),
    ("创业", "Chuangye"),
    ("民族", "Minzu"),
    ("复兴", "Fuxing"),
    ("凯旋", "Kaixuan"),
    ("星光", "Xingguang"),
    ("白云", "Baiyun"),
    ("银杏", "Yinxing"),
    ("木棉", "Mumian"),
    ("芙蓉", "Furong"),
    ("丹桂", "Dangui"),
    ("紫荆", "Zijing"),
    ("翠竹", "Cuizhu"),
    ("凤凰", "Fenghuang"),
    ("玉兰", "Yulan"),
    ("锦绣", "Jinxiu"),
    ("望江", "Wangjiang"),
    ("古城", "Gucheng"),
    ("南门", "Nanmen"),
    ("北门", "Beimen"),
];
const FIRST: [(&str, &str); 30] = [
    ("清", "Qing"),
    ("长", "Chang"),
    ("永", "Yong"),
    ("新", "Xin"),
    ("安", "An"),
    ("福", "Fu"),
    ("兴", "Xing"),
    ("明", "Ming"),
    ("金", "Jin"),
    ("春", "Chun"),
    ("秀", "Xiu"),
    ("龙", "Long"),
    ("凤", "Feng"),
    ("云", "Yun"),
    ("石", "Shi"),
    ("柳", "Liu"),
    ("桂", "Gui"),
    ("荔", "Li"),
    ("榕", "Rong"),
    ("竹", "Zhu"),
    ("梅", "Mei"),
    ("兰", "Lan"),
    ("松", "Song"),
    ("泰", "Tai"),
    ("广", "Guang"),
    ("宝", "Bao"),
    ("文", "Wen"),
    ("德", "De"),
    ("秋", "Qiu"),
    ("双", "Shuang"),
];
const SECOND: [(&str, &str); 20] = [
    ("河", "he"),
    ("山", "shan"),
    ("园", "yuan"),
    ("林", "lin"),
    ("宁", "ning"),
    ("江", "jiang"),
    ("湖", "hu"),
    ("桥", "qiao"),
    ("塘", "tang"),
    ("岭", "ling"),
    ("华", "hua"),
    ("康", "kang"),
    ("盛", "sheng"),
    ("平", "ping"),
    ("义", "yi"),
    ("溪", "xi"),
    ("坡", "po"),
    ("滨", "bin"),
    ("庆", "qing"),
    ("田", "tian"),
];
const SURNAMES: [(&str, &str); 40] = [
    ("张", "Zhang"),
    ("王", "Wang"),
    ("李", "Li"),
    ("赵", "Zhao"),
    ("陈", "Chen"),
    ("杨", "Yang"),
    ("周", "Zhou"),
    ("吴", "Wu"),
    ("徐", "Xu"),
    ("孙", "Sun"),
    ("马", "Ma"),
    ("朱", "Zhu"),
    ("胡", "Hu"),
    ("郭", "Guo"),
    ("何", "He"),
    ("高", "Gao"),
    ("罗", "Luo"),
    ("郑", "Zheng"),
    ("梁", "Liang"),
    ("谢", "Xie"),
    ("宋", "Song"),
    ("唐", "Tang"),
    ("韩", "Han"),
    ("冯", "Feng"),
    ("邓", "Deng"),
    ("曹", "Cao"),
    ("彭", "Peng"),
    ("曾", "Zeng"),
    ("萧", "Xiao"),
    ("田", "Tian"),
    ("董", "Dong"),
    ("潘", "Pan"),
    ("袁", "Yuan"),
    ("蔡", "Cai"),
    ("蒋", "Jiang"),
    ("余", "Yu"),
    ("杜", "Du"),
    ("叶", "Ye"),
    ("程", "Cheng"),
    ("魏", "Wei"),
];
const COUNTIES: [(&str, &str); 26] = [
    ("安", "an"),
    ("北", "bei"),
    ("川", "chuan"),
    ("东", "dong"),
    ("丰", "feng"),
    ("谷", "gu"),
    ("衡", "heng"),
    ("靖", "jing"),
    ("开", "kai"),
    ("隆", "long"),
    ("陆", "lu"),
    ("勉", "mian"),
    ("南", "nan"),
    ("浦", "pu"),
    ("曲", "qu"),
    ("容", "rong"),
    ("沙", "sha"),
    ("遂", "sui"),
    ("桐", "tong"),
    ("武", "wu"),
    ("襄", "xiang"),
    ("雅", "ya"),
    ("营", "ying"),
    ("枣", "zao"),
    ("柘", "zhe"),
    ("中", "zhong"),
];
pub(crate) const PARKS: [(&str, &str); 16] = [
    ("人民公园", "People's Park"),
    ("西岭森林公园", "Xiling Forest Park"),
    ("望湖公园", "Wanghu Park"),
    ("北苑公园", "Beiyuan Park"),
    ("植物园", "Botanical Garden"),
    ("东江公园", "Dongjiang Park"),
    ("体育公园", "Sports Park"),
    ("滨江公园", "Riverside Park"),
    ("临江湿地公园", "Linjiang Wetland Park"),
    ("南苑公园", "Nanyuan Park"),
    ("烈士陵园", "Martyrs' Memorial Park"),
    ("动物园", "Zoo"),
    ("儿童公园", "Children's Park"),
    ("桂园", "Osmanthus Garden"),
    ("金岭公园", "Jinling Park"),
    ("江滩公园", "Jiangtan Park"),
];

/// 1 to 99 in Chinese characters; digits above.
pub(crate) fn zh_number(n: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match n {
        1..=9 => DIGITS[n].to_owned(),
        10..=19 => format!("十{}", DIGITS[n - 10]),
        20..=99 => format!("{}十{}", DIGITS[n / 10], DIGITS[n % 10]),
        _ => n.to_string(),
    }
}

/// Place names in an order of the seed's choice, each once.
pub(crate) fn words(dice: &mut Dice) -> Vec<Name> {
    let mut out: Vec<Name> = FIRST
        .iter()
        .flat_map(|a| {
            SECOND
                .iter()
                .filter(|b| a.1.to_lowercase() != b.1)
                .map(|b| Name::new(format!("{}{}", a.0, b.0), format!("{}{}", a.1, b.1)))
        })
        .collect();
    dice.shuffle(&mut out);
    out
}

/// The names of everything.
#[derive(Debug)]
pub(crate) struct Names {
    /// Of each road.
    pub roads: Vec<Name>,
    /// Of each road without its kind: 人民 of 人民路.
    pub stems: Vec<Name>,
    /// Place names that no road has.
    pub spare: Vec<Name>,
}

/// Names every road.
pub(crate) fn name(seed: u64, plan: &Plan, town: &Town) -> Names {
    let mut dice = Dice::new(seed, "names");
    let mut small = words(&mut dice);
    let mut great: Vec<Name> = GREAT.iter().map(|n| Name::new(n.0, n.1)).collect();
    dice.shuffle(&mut great);
    let spare = small.split_off(small.len() - 80);
    let blank = Name::new("", "");
    let mut it = Names {
        roads: vec![blank.clone(); town.roads.len()],
        stems: vec![blank; town.roads.len()],
        spare,
    };

    let mut highways = 0;
    let mut counties = 300;
    let mut quays = 0;
    for (r, road) in town.roads.iter().enumerate() {
        let (stem, full) = match road.site {
            Site::Plan(line) => {
                let fixed = |zh: &str, en: &str, kind_zh: &str, kind_en: &str| {
                    (
                        Name::new(zh, en),
                        Name::new(format!("{zh}{kind_zh}"), format!("{en} {kind_en}")),
                    )
                };
                match plan.lines[line].role {
                    Role::Ring => fixed("环城", "Ring", "高速", "Expressway"),
                    Role::Frontage => fixed("环城", "Huancheng", "路", "Rd"),
                    Role::InnerRing => fixed("内环", "Neihuan", "路", "Rd"),
                    Role::Quay => {
                        quays += 1;
                        if quays == 1 {
                            fixed("江北", "Jiangbei", "大道", "Ave")
                        } else {
                            fixed("江南", "Jiangnan", "大道", "Ave")
                        }
                    }
                    Role::Highway => {
                        let c = COUNTIES[highways % COUNTIES.len()];
                        highways += 1;
                        fixed(
                            &format!("清{}", c.0),
                            &format!("Qing{}", c.1),
                            "公路",
                            "Hwy",
                        )
                    }
                    role => {
                        let stem = great
                            .pop()
                            .or_else(|| small.pop())
                            .unwrap_or_else(|| Name::new("新", "Xin"));
                        let kind = match role {
                            Role::Row if dice.chance(0.4) => ("大道", "Ave"),
                            Role::Row => ("街", "St"),
                            _ => ("路", "Rd"),
                        };
                        (stem.clone(), with(&stem, kind))
                    }
                }
            }
            Site::County => {
                counties += 1;
                (
                    Name::new("县道", "County"),
                    Name::new(format!("县道{counties}"), format!("County Rd {counties}")),
                )
            }
            Site::Block(_) if road.class == Class::Secondary => {
                let stem = small.pop().unwrap_or_else(|| {
                    let (a, b) = (&FIRST[dice.below(30)], &SURNAMES[dice.below(40)]);
                    Name::new(
                        format!("{}{}", b.0, a.0),
                        format!("{}{}", b.1, a.1.to_lowercase()),
                    )
                });
                let kind = if road.heading[0].abs() > road.heading[1].abs() {
                    ("街", "St")
                } else {
                    ("路", "Rd")
                };
                (stem.clone(), with(&stem, kind))
            }
            Site::Block(_) | Site::Village(_) => continue,
        };
        it.stems[r] = stem;
        it.roads[r] = full;
    }
    lanes(town, &mut it);
    it
}

fn with(stem: &Name, kind: (&str, &str)) -> Name {
    Name::new(
        format!("{}{}", stem.zh, kind.0),
        format!("{} {}", stem.en, kind.1),
    )
}

/// Lanes are numbered after a road at their block, or after their village.
fn lanes(town: &Town, it: &mut Names) {
    let mesh = &town.blocks;
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for (r, road) in town.roads.iter().enumerate() {
        let stem = match road.site {
            Site::Village(n) => {
                let (zh, en) = SURNAMES[n % SURNAMES.len()];
                let kind = [("村", "Village"), ("屯", "Tun"), ("坡", "Po")][n / SURNAMES.len() % 3];
                Name::new(format!("{zh}家{}", kind.0), format!("{en}jia {}", kind.1))
            }
            Site::Block(face) if road.class == Class::Street => {
                let mut around: Vec<usize> = mesh
                    .cycle(face)
                    .into_iter()
                    .map(|h| mesh.ways[h / 2])
                    .filter(|w| w.class != Class::Border)
                    .map(|w| w.road)
                    .collect();
                around.dedup();
                // The least used one: numbers stay small.
                let best = around
                    .into_iter()
                    .filter(|&a| !it.stems[a].zh.is_empty())
                    .min_by_key(|&a| count.get(&it.stems[a].zh).copied().unwrap_or(0));
                best.map_or_else(|| Name::new("新", "Xin"), |a| it.stems[a].clone())
            }
            _ => continue,
        };
        let n = count.entry(stem.zh.clone()).or_default();
        *n += 1;
        it.roads[r] = Name::new(
            format!("{}{}巷", stem.zh, zh_number(*n)),
            format!("{} Lane {n}", stem.en),
        );
        it.stems[r] = stem;
    }
}

/// The name of a bridge that carries this road over the river at `p`.
pub(crate) fn bridge(names: &Names, plan: &Plan, road: usize, p: P) -> Name {
    let stem = &names.stems[road];
    match plan.lines.get(road).map(|l| l.role) {
        Some(Role::Ring | Role::InnerRing) => {
            let side = if p[0] < -1.0 {
                ("西", "West")
            } else {
                ("东", "East")
            };
            Name::new(
                format!("{}{}桥", stem.zh, side.0),
                format!("{} {} Bridge", stem.en, side.1),
            )
        }
        _ => Name::new(format!("{}桥", stem.zh), format!("{} Bridge", stem.en)),
    }
}
